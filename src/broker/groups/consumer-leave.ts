/** How members leave a KIP-848 group: for good, or, where they are static, for a while. */

import type { ConsumerGroupHeartbeatRequest } from '../../protocol/consumer-group-heartbeat.ts'
import { noPartitions } from './assignment.ts'
import {
  awayEpoch,
  ConsumerDraft,
  type ConsumerGroup,
  type ConsumerGroupEvent,
  type ConsumerMember,
} from './consumer-group.ts'
import { checkInstance } from './consumer-join.ts'
import type { SubscribedTopics } from './consumer-topics.ts'
import { heldSince } from './held-since.ts'
import { unknownMember } from './refusals.ts'

/**
 * Returns what a static member that goes to come back leaves behind.
 *
 * @throws RequestError where it is none of the group
 */
export function decideAbsence(
  group: ConsumerGroup,
  request: ConsumerGroupHeartbeatRequest,
): ConsumerGroupEvent[] {
  const { memberId, previousEpoch, state, assigned, since } = leavingMember(group, request)
  // It keeps its partitions, for itself, until its session ends: a restart then moves nothing.
  const kept = { epoch: awayEpoch, previousEpoch, state, assigned, revoking: noPartitions }
  const progress = { ...kept, since: heldSince(since, kept) }
  return [{ type: 'progress', memberId, progress }]
}

/** @throws RequestError where it is none of the group */
export function leavingMember(
  group: ConsumerGroup,
  { memberId, instanceId }: Pick<ConsumerGroupHeartbeatRequest, 'memberId' | 'instanceId'>,
): ConsumerMember {
  const member =
    instanceId === null ? group.members.get(memberId) : checkInstance(group, instanceId, memberId)
  if (!member) throw unknownMember(group.groupId, memberId)
  return member
}

/** The next heartbeat of another member finds the group's epoch grown, and spreads what is free. */
export function decideRemoval(
  group: ConsumerGroup,
  memberIds: Iterable<string>,
  topics: SubscribedTopics,
): ConsumerGroupEvent[] {
  const draft = new ConsumerDraft(group)
  for (const memberId of memberIds) {
    draft.add([
      { type: 'progress-removed', memberId },
      { type: 'target-removed', memberId },
      { type: 'member-removed', memberId },
    ])
  }
  const metadataHash = topics.hashOf(draft.group.members.values())
  draft.add([{ type: 'group', epoch: group.epoch + 1, metadataHash }])
  return [...draft.events]
}
