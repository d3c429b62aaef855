/**
 * Delegation tokens (KIP-48), which there are none of: answered as by an Apache Kafka that has no
 * secret to make them with. API keys are what programs are given here.
 */

import type { createDelegationToken } from '../../protocol/create-delegation-token.ts'
import type { describeDelegationToken } from '../../protocol/describe-delegation-token.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import type { expireDelegationToken } from '../../protocol/expire-delegation-token.ts'
import type { renewDelegationToken } from '../../protocol/renew-delegation-token.ts'
import type { Handler, RequestContext } from '../request-context.ts'

export const handleCreateDelegationToken: Handler<typeof createDelegationToken> = refuse
export const handleRenewDelegationToken: Handler<typeof renewDelegationToken> = refuse
export const handleExpireDelegationToken: Handler<typeof expireDelegationToken> = refuse
export const handleDescribeDelegationToken: Handler<typeof describeDelegationToken> = refuse

function refuse(_request: unknown, { session }: RequestContext): { readonly errorCode: number } {
  // Who has not said who it is may not ask for tokens at all.
  const isKnown = session.user !== undefined
  const error = isKnown ? 'DELEGATION_TOKEN_AUTH_DISABLED' : 'DELEGATION_TOKEN_REQUEST_NOT_ALLOWED'
  return { errorCode: errorCodes[error] }
}
