/** How members leave a KIP-848 group: for good, or, where they are static, for a while. */

import type { ConsumerGroupHeartbeatRequest } from '../../protocol/consumer-group-heartbeat.ts'
import { noPartitions } from './assignment.ts'
import {
  awayEpoch,
  ConsumerDraft,
  type ConsumerGroup,
  type ConsumerGroupEvent,
} from './consumer-group.ts'
import { checkInstance } from './consumer-join.ts'
import type { SubscribedTopics } from './consumer-topics.ts'
import { unknownMember } from './refusals.ts'

/** @throws RequestError */
export function decideLeave(
  group: ConsumerGroup,
  { memberId, memberEpoch, instanceId }: ConsumerGroupHeartbeatRequest,
  topics: SubscribedTopics,
): ConsumerGroupEvent[] {
  const member =
    instanceId === null ? group.members.get(memberId) : checkInstance(group, instanceId, memberId)
  if (!member) throw unknownMember(group.groupId, memberId)
  if (memberEpoch !== awayEpoch) return decideRemoval(group, memberId, topics)

  // It keeps its partitions, for itself, until its session ends: a restart then moves nothing.
  const { previousEpoch, state, assigned } = member
  const progress = { epoch: awayEpoch, previousEpoch, state, assigned, revoking: noPartitions }
  return [{ type: 'progress', memberId, progress }]
}

/** The next heartbeat of another member finds the group's epoch grown, and spreads what is free. */
export function decideRemoval(
  group: ConsumerGroup,
  memberId: string,
  topics: SubscribedTopics,
): ConsumerGroupEvent[] {
  const draft = new ConsumerDraft(group)
  draft.add([
    { type: 'progress-removed', memberId },
    { type: 'target-removed', memberId },
    { type: 'member-removed', memberId },
  ])
  const metadataHash = topics.hashOf(draft.group.members.values())
  draft.add([{ type: 'group', epoch: group.epoch + 1, metadataHash }])
  return [...draft.events]
}
