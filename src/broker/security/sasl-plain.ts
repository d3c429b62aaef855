/** SASL/PLAIN (RFC 4616): the client sends its password. */

import { PlainFormatError, readPlain, type PlainMessage } from '../../sasl/plain.ts'
import type { PasswordCheck } from './password-check.ts'
import { SaslFailure, type SaslProgress, type SaslServer } from './sasl-server.ts'

export const plainName = 'PLAIN'

export class PlainServer implements SaslServer {
  readonly mechanism = plainName
  readonly #passwords: PasswordCheck

  constructor(passwords: PasswordCheck) {
    this.#passwords = passwords
  }

  async evaluate(token: Uint8Array): Promise<SaslProgress> {
    const { authorizationId, user: name, password } = read(token)
    const user = await this.#passwords.userOf(name, password)
    if (!user) {
      const told = 'Authentication failed: Invalid username or password'
      throw new SaslFailure(`no user '${name.slice(0, 100)}' with that password`, told)
    }
    checkAuthorizationId(authorizationId, name)
    return { token: new Uint8Array(), user }
  }
}

/** Nobody may be somebody else (CVE-2017-12610). @throws SaslFailure */
export function checkAuthorizationId(authorizationId: string, user: string): void {
  if (authorizationId === '' || authorizationId === user) return
  const told =
    'Authentication failed: Client requested an authorization id that is different from username'
  throw new SaslFailure(told, told)
}

function read(token: Uint8Array): PlainMessage {
  try {
    return readPlain(token)
  } catch (error) {
    if (error instanceof PlainFormatError) throw new SaslFailure(error.message, error.message)
    throw error
  }
}
