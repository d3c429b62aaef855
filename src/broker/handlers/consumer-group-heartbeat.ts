/** ConsumerGroupHeartbeat: the one request of KIP-848 group members. Versions 0–1. */

import type { consumerGroupHeartbeat } from '../../protocol/consumer-group-heartbeat.ts'
import { withExpressions } from '../expressions.ts'
import { refusalOf } from '../request-error.ts'
import type { Handler } from '../request-context.ts'
import { checkMay } from '../security/access.ts'
import { callerOf } from './group-caller.ts'

export const handleConsumerGroupHeartbeat: Handler<typeof consumerGroupHeartbeat> = (
  request,
  context,
) => {
  try {
    checkMay(context, 'read', 'group', request.groupId)
    for (const name of request.subscribedTopicNames ?? []) {
      checkMay(context, 'describe', 'topic', name)
    }
  } catch (error) {
    return refusalOf(error)
  }
  const { groups } = context.broker
  const caller = callerOf(context)
  return withExpressions(request.subscribedTopicRegex, () =>
    groups.consumerGroupHeartbeat(request, caller),
  )
}
