/**
 * The client's end of OAUTHBEARER (RFC 7628, KIP-255): shows a token that somebody else has given
 * us. Loaded only where a program asks for it.
 *
 *     n,, 01 auth=Bearer <token> 01 (<name>=<value> 01)* 01
 */

import type { SaslAuthenticateResponse } from '../../protocol/sasl-authenticate.ts'
import { DisconnectedError, InvalidOptionError } from '../failure/errors.ts'
import { messageOf, UnauthorizedError } from '../failure/errors.ts'
import type { BearerToken, SaslTokenOptions } from '../settings/kafka-options.ts'
import type { SendToken } from './authenticate-scram.ts'

const option = 'sasl.token'
const separator = '\x01'
const tokenPattern = /^[\w.~+/-]+=*$/
/** `auth` is the token's. */
const namePattern = /^(?!auth$)[A-Za-z]+$/
const valuePattern = /^[\x20-\x7e\t\r\n]+$/

/**
 * Asks the program for a token.
 *
 * @throws DisconnectedError where it has none, which may pass; InvalidOptionError where it is none
 */
export async function askForToken({ token: ask }: SaslTokenOptions): Promise<BearerToken> {
  const isFunction = typeof ask === 'function'
  if (!isFunction) throw invalid(option, 'a function that returns a token', ask)
  let answer: unknown
  try {
    answer = await ask()
  } catch (error) {
    throw new DisconnectedError(`${option} has failed: ${messageOf(error)}`, { cause: error })
  }
  const { value, extensions = {} } = (
    typeof answer === 'string' ? { value: answer } : (answer ?? {})
  ) as BearerToken
  const isText = typeof value === 'string'
  if (!isText || !tokenPattern.test(value)) {
    // It is a secret: not a part of it is said.
    const shown = isText ? `a text of ${value.length} characters` : value
    throw invalid(option, 'a token as in RFC 6750', shown)
  }
  for (const [name, text] of Object.entries(extensions)) {
    if (!namePattern.test(name)) throw invalid(`${option} extensions`, 'names of letters', name)
    if (!valuePattern.test(text)) throw invalid(`${option} ${name}`, 'printable ASCII', text)
  }
  return { value, extensions }
}

/** Resolves with the broker's last answer. @throws UnauthorizedError where it refuses the token */
export async function authenticateWithToken(
  { value, extensions = {} }: BearerToken,
  send: SendToken,
): Promise<SaslAuthenticateResponse> {
  const pairs = [
    `auth=Bearer ${value}`,
    ...Object.entries(extensions).map(([name, text]) => `${name}=${text}`),
  ]
  const message = `n,,${separator}${pairs.map((pair) => pair + separator).join('')}${separator}`
  const answer = await send(new TextEncoder().encode(message))
  if (answer.authBytes.length === 0) return answer
  // The reason comes first, and the refusal when we have seen that: RFC 7628, section 3.2.3.
  await send(new TextEncoder().encode(separator))
  const reason = new TextDecoder().decode(answer.authBytes)
  throw new UnauthorizedError(`the broker refuses the token: ${reason}`)
}

function invalid(option: string, expected: string, actual: unknown): InvalidOptionError {
  return new InvalidOptionError({ option, expected, actual })
}
