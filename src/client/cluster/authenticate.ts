/**
 * Tells a broker who we are: SASL (KIP-43, KIP-152), and again before the broker wants to hear it
 * again (KIP-368).
 */

import { deliveryErrors } from '../../protocol/delivery-errors.ts'
import { saslAuthenticate } from '../../protocol/sasl-authenticate.ts'
import type { SaslAuthenticateResponse } from '../../protocol/sasl-authenticate.ts'
import { saslHandshake } from '../../protocol/sasl-handshake.ts'
import type { Clock, Random } from '../../runtime/runtime.ts'
import { writePlain } from '../../sasl/plain.ts'
import { throwIfError } from '../failure/group-errors.ts'
import type { SaslOptions } from '../settings/kafka-options.ts'
import type { SendToken } from './authenticate-scram.ts'
import type { BrokerChannel } from './broker-channel.ts'

/** How much of a session's lifetime passes before it is renewed, at least and at most. */
const renewalShare = { min: 0.85, max: 0.95 }
/** Brokers refuse those who come again sooner. */
const renewalMinMs = 1000

/**
 * Authenticates `channel`, and goes on doing so for as long as it is open.
 *
 * @throws UnauthorizedError where the broker does not take the credentials
 */
export async function authenticate(
  channel: BrokerChannel,
  credentials: SaslOptions,
  platform: { readonly clock: Clock; readonly random: Random },
): Promise<void> {
  const converse = await prepare(credentials, platform.random)
  const lifetimeMs = await channel.exclusively(() =>
    authenticateOnce(channel, credentials, converse),
  )
  if (lifetimeMs === 0) return
  const share = renewalShare.min + (renewalShare.max - renewalShare.min) * platform.random.number()
  const timer = platform.clock.after(Math.max(lifetimeMs * share, renewalMinMs), () => {
    // Whoever asks next connects anew, and is told if that fails as well.
    authenticate(channel, credentials, platform).catch((error: unknown) =>
      channel.close(error as Error),
    )
  })
  void channel.closed.then(() => timer.cancel())
}

type Conversation = (send: SendToken) => Promise<SaslAuthenticateResponse>

/** Gets ready for what the mechanism has to say. It may take a while, in which others go on. */
async function prepare(credentials: SaslOptions, random: Random): Promise<Conversation> {
  if (credentials.mechanism === 'PLAIN') {
    const { username: user, password } = credentials
    return (send) => send(writePlain({ user, password }))
  }
  if (credentials.mechanism === 'OAUTHBEARER') {
    const { askForToken, authenticateWithToken } = await import('./authenticate-token.ts')
    const token = await askForToken(credentials)
    return (send) => authenticateWithToken(token, send)
  }
  const { authenticateWithScram } = await import('./authenticate-scram.ts')
  return (send) => authenticateWithScram(credentials, random, send)
}

/** Resolves with how long the broker is content with it, in milliseconds; 0 is for ever. */
async function authenticateOnce(
  channel: BrokerChannel,
  credentials: SaslOptions,
  converse: Conversation,
): Promise<number> {
  const { mechanism } = credentials
  // A broker that asks for no credentials need not get any.
  if (!channel.supports(saslHandshake, 1)) return 0
  const options = { minVersion: 1, isExclusive: true }
  const { errorCode, mechanisms } = await channel.request(saslHandshake, { mechanism }, options)
  if (errorCode === deliveryErrors.ILLEGAL_SASL_STATE) return 0
  const errorMessage = `it offers ${mechanisms.join(', ') || 'nothing else'}`
  throwIfError(`authenticate to ${channel.name} with ${mechanism}`, { errorCode, errorMessage })

  const who = 'username' in credentials ? `as '${credentials.username}'` : 'with a token'
  const answer = await converse(async (authBytes) => {
    const answer = await channel.request(saslAuthenticate, { authBytes }, { isExclusive: true })
    throwIfError(`authenticate to ${channel.name} ${who}`, answer)
    return answer
  })
  return answer.sessionLifetimeMs
}
