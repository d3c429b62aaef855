/** DescribeClientQuotas (KIP-546): the quotas that are set, of those that the filter asks for. */

import type { describeClientQuotas } from '../../protocol/describe-client-quotas.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { entityPairs } from '../quotas/client-quotas.ts'
import { quotaFilter } from '../quotas/quota-filter.ts'
import { refusalOf } from '../request-error.ts'
import type { Handler } from '../request-context.ts'
import { clusterResourceName } from '../security/authorizer.ts'

export const handleDescribeClientQuotas: Handler<typeof describeClientQuotas> = (
  request,
  { broker, session },
) => {
  const { authorizer, clientQuotas } = broker
  if (!authorizer.allows(session, 'describeConfigs', 'cluster', clusterResourceName)) {
    const errorCode = errorCodes.CLUSTER_AUTHORIZATION_FAILED
    return { errorCode, errorMessage: 'Cluster authorization failed.' }
  }
  try {
    const isAsked = quotaFilter(request)
    const found = [...clientQuotas.all()].filter(({ entity }) => isAsked(entity))
    const entries = found.map((quotas) => ({
      entity: entityPairs(quotas),
      values: [...quotas.values].map(([key, value]) => ({ key, value })),
    }))
    return { errorCode: errorCodes.NONE, entries }
  } catch (error) {
    return refusalOf(error)
  }
}
