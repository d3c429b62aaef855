/** ConsumerGroupHeartbeat: the one request of KIP-848 group members. Versions 0–1. */

import type { consumerGroupHeartbeat } from '../../protocol/consumer-group-heartbeat.ts'
import type { Handler } from '../request-context.ts'
import { callerOf } from './group-caller.ts'

export const handleConsumerGroupHeartbeat: Handler<typeof consumerGroupHeartbeat> = (
  request,
  context,
) => context.broker.groups.consumerGroupHeartbeat(request, callerOf(context))
