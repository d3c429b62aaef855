/**
 * The four messages of SCRAM (RFC 5802, section 7), in the order in which they are sent:
 *
 *     n,,n=user,r=CLIENT                           client first
 *     r=CLIENTSERVER,s=base64 salt,i=4096          server first
 *     c=biws,r=CLIENTSERVER,p=base64 proof         client final
 *     v=base64 signature                           server final, or e=reason
 */

import { fromBase64, toBase64 } from './base64.ts'

export interface ClientFirst {
  /** What the client says of channel binding and authorization, as it was sent: `n,,`. */
  readonly gs2Header: string
  readonly authorizationId: string
  readonly user: string
  readonly nonce: string
  /** What is signed of the message. */
  readonly bare: string
}

export interface ServerFirst {
  readonly nonce: string
  readonly salt: Uint8Array
  readonly iterations: number
}

export interface ClientFinal {
  readonly channelBinding: string
  readonly nonce: string
  readonly proof: Uint8Array
  readonly withoutProof: string
}

/** A message that is not one of the mechanism. */
export class ScramFormatError extends Error {
  override readonly name = 'ScramFormatError'
}

// A client may say that it could bind the channel (`y`), but not that it does (`p=…`); mandatory
// extensions (`m=…`) are refused, since nobody knows any.
const name = '(?:[^=,\\0]|=2C|=3D)+'
const nonce = '[!-+\\--~]+'
const extensions = '(?:,[a-zA-Z]+=[^,\\0]+)*'
const clientFirstPattern = new RegExp(
  `^([ny],(?:a=(${name}))?,)(n=(${name}),r=(${nonce})${extensions})$`,
  'u',
)
const serverFirstPattern = new RegExp(
  `^r=(${nonce}),s=([^,]+),i=([1-9]\\d{0,8})${extensions}$`,
  'u',
)
const clientFinalPattern = new RegExp(`^(c=([^,]+),r=(${nonce})${extensions}),p=([^,]+)$`, 'u')

/** A longer message is none that a client would send: names and nonces are short. */
const messageMaxBytes = 4096

/** @throws ScramFormatError */
export function readClientFirst(bytes: Uint8Array): ClientFirst {
  const match = clientFirstPattern.exec(textOf(bytes))
  if (!match) throw new ScramFormatError('the first message of the client is malformed')
  const [, gs2Header, authorizationId = '', bare, user, ownNonce] = match as unknown as string[]
  return {
    gs2Header: gs2Header!,
    authorizationId: unescapeName(authorizationId),
    user: unescapeName(user!),
    nonce: ownNonce!,
    bare: bare!,
  }
}

export function writeServerFirst({ nonce, salt, iterations }: ServerFirst): string {
  return `r=${nonce},s=${toBase64(salt)},i=${iterations}`
}

/** @throws ScramFormatError */
export function readServerFirst(bytes: Uint8Array): ServerFirst {
  const [, wholeNonce, base64, iterations] = serverFirstPattern.exec(textOf(bytes)) ?? []
  const salt = fromBase64(base64 ?? '!')
  if (!salt) throw new ScramFormatError('the first message of the broker is malformed')
  return { nonce: wholeNonce!, salt, iterations: Number(iterations) }
}

/** @throws ScramFormatError */
export function readClientFinal(bytes: Uint8Array): ClientFinal {
  const [, withoutProof, channel, wholeNonce, base64] = clientFinalPattern.exec(textOf(bytes)) ?? []
  const proof = fromBase64(base64 ?? '!')
  const binding = fromBase64(channel ?? '!')
  if (!proof || !binding) {
    throw new ScramFormatError('the final message of the client is malformed')
  }
  const channelBinding = new TextDecoder().decode(binding)
  return { channelBinding, nonce: wholeNonce!, proof, withoutProof: withoutProof! }
}

/** Returns a user's name as it stands in a message, where a comma means something. */
export function escapeName(user: string): string {
  return user.replaceAll('=', '=3D').replaceAll(',', '=2C')
}

function unescapeName(escaped: string): string {
  return escaped.replaceAll('=2C', ',').replaceAll('=3D', '=')
}

function textOf(bytes: Uint8Array): string {
  if (bytes.length > messageMaxBytes) throw new ScramFormatError('the message is too long')
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new ScramFormatError('the message is not UTF-8', { cause })
  }
}
