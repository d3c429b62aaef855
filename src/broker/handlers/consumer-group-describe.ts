/** ConsumerGroupDescribe: state, members and assignments of KIP-848 groups. Versions 0–1. */

import type { consumerGroupDescribe } from '../../protocol/consumer-group-describe.ts'
import type { Handler } from '../request-context.ts'
import { allGroupOperations, operationsNotAsked } from './group-caller.ts'

export const handleConsumerGroupDescribe: Handler<typeof consumerGroupDescribe> = (
  request,
  { broker },
) => {
  const { groups } = broker.groups.consumerGroupDescribe(request)
  const authorizedOperations = request.includeAuthorizedOperations
    ? allGroupOperations
    : operationsNotAsked
  return { groups: groups.map((group) => ({ ...group, authorizedOperations })) }
}
