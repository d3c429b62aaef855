/**
 * Tells a broker who we are: SASL (KIP-43, KIP-152), and again before the broker wants to hear it
 * again (KIP-368).
 */

import { deliveryErrors } from '../../protocol/delivery-errors.ts'
import { saslAuthenticate } from '../../protocol/sasl-authenticate.ts'
import { saslHandshake } from '../../protocol/sasl-handshake.ts'
import type { Clock, Random } from '../../runtime/runtime.ts'
import { writePlain } from '../../sasl/plain.ts'
import { throwIfError } from '../failure/group-errors.ts'
import type { Credentials } from '../settings/kafka-options.ts'
import type { SendToken } from './authenticate-scram.ts'
import type { BrokerChannel } from './broker-channel.ts'

/** How much of a session's lifetime passes before it is renewed, at least and at most. */
const renewalShare = { min: 0.85, max: 0.95 }

/**
 * Authenticates `channel`, and goes on doing so for as long as it is open.
 *
 * @throws UnauthorizedError where the broker does not take the credentials
 */
export async function authenticate(
  channel: BrokerChannel,
  credentials: Credentials,
  platform: { readonly clock: Clock; readonly random: Random },
): Promise<void> {
  const lifetimeMs = await authenticateOnce(channel, credentials, platform.random)
  if (lifetimeMs === 0) return
  const share = renewalShare.min + (renewalShare.max - renewalShare.min) * platform.random.number()
  const timer = platform.clock.after(lifetimeMs * share, () => {
    channel
      .exclusively(() => authenticate(channel, credentials, platform))
      // Whoever asks next connects anew, and is told if that fails as well.
      .catch((error: unknown) => channel.close(error as Error))
  })
  void channel.closed.then(() => timer.cancel())
}

/** Resolves with how long the broker is content with it, in milliseconds; 0 is for ever. */
async function authenticateOnce(
  channel: BrokerChannel,
  credentials: Credentials,
  random: Random,
): Promise<number> {
  const { mechanism, user } = credentials
  // A broker that asks for no credentials need not get any.
  if (!channel.supports(saslHandshake, 1)) return 0
  const options = { minVersion: 1, isExclusive: true }
  const { errorCode, mechanisms } = await channel.request(saslHandshake, { mechanism }, options)
  if (errorCode === deliveryErrors.ILLEGAL_SASL_STATE) return 0
  const errorMessage = `it offers ${mechanisms.join(', ') || 'nothing else'}`
  throwIfError(`authenticate to ${channel.name} with ${mechanism}`, { errorCode, errorMessage })

  const send: SendToken = async (authBytes) => {
    const answer = await channel.request(saslAuthenticate, { authBytes }, { isExclusive: true })
    throwIfError(`authenticate to ${channel.name} as '${user}'`, answer)
    return answer
  }
  if (mechanism === 'PLAIN') return (await send(writePlain(credentials))).sessionLifetimeMs
  const { authenticateWithScram } = await import('./authenticate-scram.ts')
  return (await authenticateWithScram(credentials, random, send)).sessionLifetimeMs
}
