/** DescribeClientQuotas (KIP-546): the quotas that are set, of those that the filter asks for. */

import type { describeClientQuotas } from '../../protocol/describe-client-quotas.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { entityPairs } from '../quotas/client-quotas.ts'
import { quotaFilter } from '../quotas/quota-filter.ts'
import { refusalOf } from '../request-error.ts'
import type { Handler } from '../request-context.ts'
import { may, refused } from '../security/access.ts'

export const handleDescribeClientQuotas: Handler<typeof describeClientQuotas> = (
  request,
  context,
) => {
  const { clientQuotas } = context.broker
  if (!may(context, 'describeConfigs', 'cluster')) return refusalOf(refused('cluster'))
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
