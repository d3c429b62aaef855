/**
 * The client's end of SCRAM (RFC 5802): proves that it knows the password, and wants to see that
 * the broker knows of it, too. Loaded only where a program asks for it.
 */

import type { SaslAuthenticateResponse } from '../../protocol/sasl-authenticate.ts'
import type { Random } from '../../runtime/runtime.ts'
import { fromBase64, toBase64 } from '../../sasl/base64.ts'
import { isEqual, stretch } from '../../sasl/digests.ts'
import { escapeName, readServerFirst } from '../../sasl/scram-messages.ts'
import {
  clientProof,
  iterationsMin,
  scramKeys,
  scramMechanisms,
  serverSignature,
} from '../../sasl/scram.ts'
import { UnauthorizedError } from '../failure/errors.ts'
import type { SaslPasswordOptions } from '../settings/kafka-options.ts'

/** Sends a token of the mechanism; resolves with the broker's answer to it. */
export type SendToken = (authBytes: Uint8Array) => Promise<SaslAuthenticateResponse>

const nonceBytes = 24
/** A broker that asks for more would keep us busy and nothing else. */
const iterationsLimit = 1_000_000
/** Without channel binding, and as nobody but the user: `n,,`. */
const channelBinding = 'biws'

/** Resolves with the broker's last answer. @throws UnauthorizedError where the broker is a fake */
export async function authenticateWithScram(
  { mechanism, username, password }: SaslPasswordOptions,
  random: Random,
  send: SendToken,
): Promise<SaslAuthenticateResponse> {
  const { hash } = scramMechanisms.find(({ name }) => name === mechanism)!
  const ownNonce = toBase64(random.bytes(nonceBytes))
  const bare = `n=${escapeName(username)},r=${ownNonce}`
  const serverFirst = (await send(utf8(`n,,${bare}`))).authBytes
  const { nonce, salt, iterations } = readServerFirst(serverFirst)
  if (!nonce.startsWith(ownNonce) || nonce.length === ownNonce.length) {
    throw new UnauthorizedError('the broker answers to another request than ours')
  }
  if (iterations < iterationsMin || iterations > iterationsLimit) {
    throw new UnauthorizedError(`the broker asks for ${iterations} iterations`)
  }
  const salted = await stretch(hash, password, { salt, iterations })
  const withoutProof = `c=${channelBinding},r=${nonce}`
  const authMessage = `${bare},${new TextDecoder().decode(serverFirst)},${withoutProof}`
  const proof = toBase64(await clientProof(hash, salted, authMessage))
  const last = await send(utf8(`${withoutProof},p=${proof}`))

  const { serverKey } = await scramKeys(hash, salted)
  const expected = await serverSignature(hash, serverKey, authMessage)
  const [, base64 = '!'] = /^v=([^,]+)/.exec(new TextDecoder().decode(last.authBytes)) ?? []
  if (isEqual(fromBase64(base64) ?? new Uint8Array(), expected)) return last
  throw new UnauthorizedError('the broker does not know the password that it has accepted')
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
