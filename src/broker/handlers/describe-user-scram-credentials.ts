/** DescribeUserScramCredentials (KIP-554): who has which credentials, but for their secrets. */

import type * as protocol from '../../protocol/describe-user-scram-credentials.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import type { Handler } from '../request-context.ts'
import { refusalOf } from '../request-error.ts'
import { may, refused } from '../security/access.ts'

export const handleDescribeUserScramCredentials: Handler<
  typeof protocol.describeUserScramCredentials
> = (request, context) => {
  const { credentials } = context.broker
  if (!may(context, 'describe', 'cluster')) {
    const refusal = refusalOf(refused('cluster'))
    // Kafka says it for each user that was asked for, and of none who it is.
    return { ...refusal, results: (request.users ?? []).map(() => ({ user: '', ...refusal })) }
  }
  // No names are all names.
  const asked = request.users?.map(({ name }) => name) ?? []
  const names = asked.length > 0 ? asked : credentials.users()
  const repeated = new Set<string>()
  const once = new Set<string>()
  for (const name of names) (once.has(name) ? repeated : once).add(name)
  const results = [...once].map((user) => {
    if (repeated.has(user)) {
      const what = 'Cannot describe SCRAM credentials for the same user twice in a single request: '
      return { user, errorCode: errorCodes.DUPLICATE_RESOURCE, errorMessage: what + user }
    }
    const found = credentials.of(user)
    if (found.length === 0) {
      const what = 'Attempt to describe a user credential that does not exist: '
      return { user, errorCode: errorCodes.RESOURCE_NOT_FOUND, errorMessage: what + user }
    }
    const credentialInfos = found.map(({ mechanism, iterations }) => ({ mechanism, iterations }))
    return { user, errorCode: errorCodes.NONE, credentialInfos }
  })
  return { errorCode: errorCodes.NONE, results }
}
