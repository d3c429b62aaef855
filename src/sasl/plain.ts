/**
 * The one message of SASL/PLAIN (RFC 4616): an optional authorization identity, a user, and a
 * password, in UTF-8 with a NUL between them.
 */

export interface PlainMessage {
  /** Whom the client wants to be; empty for the user itself. */
  readonly authorizationId: string
  readonly user: string
  readonly password: string
}

/** A message that is not one of the mechanism; the text is Kafka's. */
export class PlainFormatError extends Error {
  override readonly name = 'PlainFormatError'
}

export function writePlain({ user, password }: Omit<PlainMessage, 'authorizationId'>): Uint8Array {
  return new TextEncoder().encode(`\0${user}\0${password}`)
}

/** @throws PlainFormatError */
export function readPlain(bytes: Uint8Array): PlainMessage {
  const tokens = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes).split('\0', 4)
  if (tokens.length !== 3) {
    const message = `Invalid SASL/PLAIN response: expected 3 tokens, got ${tokens.length}`
    throw new PlainFormatError(message)
  }
  const [authorizationId, user, password] = tokens as [string, string, string]
  if (user === '') throw new PlainFormatError('Authentication failed: username not specified')
  if (password === '') throw new PlainFormatError('Authentication failed: password not specified')
  return { authorizationId, user, password }
}
