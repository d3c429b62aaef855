/**
 * SCRAM (RFC 5802, RFC 7677): the formulas that both ends compute. The server knows of a password
 * only what it needs to check a proof of it, which is of no use to whoever steals it.
 */

import { digest, hmac, type HashName } from './digests.ts'

export interface ScramMechanism {
  readonly name: ScramName
  /** Kafka's number of it, in requests and records. */
  readonly type: number
  readonly hash: HashName
}

export type ScramName = 'SCRAM-SHA-256' | 'SCRAM-SHA-512'

export const scramMechanisms: readonly ScramMechanism[] = Object.freeze([
  { name: 'SCRAM-SHA-256', type: 1, hash: 'SHA-256' },
  { name: 'SCRAM-SHA-512', type: 2, hash: 'SHA-512' },
])

/** What Kafka takes: fewer are guessed too fast, more take a broker's time. */
export const iterationsMin = 4096
export const iterationsMax = 16_384

/** What is stored of a password, beside salt and iterations. */
export interface ScramKeys {
  readonly storedKey: Uint8Array
  readonly serverKey: Uint8Array
}

export async function scramKeys(hash: HashName, saltedPassword: Uint8Array): Promise<ScramKeys> {
  const [clientKey, serverKey] = await Promise.all([
    hmac(hash, saltedPassword, utf8('Client Key')),
    hmac(hash, saltedPassword, utf8('Server Key')),
  ])
  return { storedKey: await digest(hash, clientKey), serverKey }
}

/** Returns what proves, for this exchange only, that the client knows the password. */
export async function clientProof(
  hash: HashName,
  saltedPassword: Uint8Array,
  authMessage: string,
): Promise<Uint8Array> {
  const clientKey = await hmac(hash, saltedPassword, utf8('Client Key'))
  const storedKey = await digest(hash, clientKey)
  return xor(clientKey, await hmac(hash, storedKey, utf8(authMessage)))
}

/** Returns the stored key of whoever made `proof`: the right one, if it was the right client. */
export async function storedKeyOf(
  hash: HashName,
  proof: Uint8Array,
  { storedKey, authMessage }: { readonly storedKey: Uint8Array; readonly authMessage: string },
): Promise<Uint8Array> {
  const signature = await hmac(hash, storedKey, utf8(authMessage))
  return digest(hash, xor(proof, signature))
}

/** Returns what proves that the server knows the keys. */
export function serverSignature(
  hash: HashName,
  serverKey: Uint8Array,
  authMessage: string,
): Promise<Uint8Array> {
  return hmac(hash, serverKey, utf8(authMessage))
}

function xor(left: Uint8Array, right: Uint8Array): Uint8Array {
  return left.map((byte, index) => byte ^ (right[index] ?? 0))
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
