/**
 * API keys in HTTP headers: `Authorization: Bearer <id>.<secret>`, which programs outside browsers
 * can send. The id is a user, the secret its password.
 */

import type { AuthenticatedUser } from '../connection/request-handler.ts'

export interface BearerRules {
  /** Whether a key may come where others can read along. */
  readonly allowPlaintextAuth: boolean
  /** Resolves with the user whose password it is; `undefined` where it is nobody's. */
  readonly userOf: (name: string, password: string) => Promise<AuthenticatedUser | undefined>
}

export type BearerOutcome =
  | { readonly user: AuthenticatedUser | undefined; readonly refusal?: undefined }
  | { readonly user?: undefined; readonly refusal: Refusal }

export interface Refusal {
  readonly status: 401 | 403
  readonly why: string
}

/** Longer keys are none that we made. */
const keyMaxChars = 1024

/** Resolves with whose key `header` holds, which is nobody's where there is no header. */
export async function checkBearer(
  header: string | undefined,
  isPrivate: boolean,
  rules: BearerRules,
): Promise<BearerOutcome> {
  if (header === undefined) return { user: undefined }
  if (!isPrivate && !rules.allowPlaintextAuth) {
    return { refusal: { status: 403, why: 'an API key is not to be sent without TLS' } }
  }
  const [, id, secret] = /^Bearer +([^ .]+)\.([^ ]+)$/i.exec(header.slice(0, keyMaxChars)) ?? []
  const user = id === undefined || secret === undefined ? undefined : await rules.userOf(id, secret)
  if (!user) return { refusal: { status: 401, why: 'there is no such API key' } }
  return { user }
}
