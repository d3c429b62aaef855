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
import type { TargetFacts } from './consumer-target.ts'
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
  { topics, nowMs }: TargetFacts,
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
  const epoch = group.epoch + 1
  draft.add([{ type: 'group', epoch, metadataHash }])
  // Nobody is left to find that; and offsets are kept from here on.
  if (draft.group.members.size === 0) {
    draft.add([{ type: 'target-epoch', epoch, timestampMs: nowMs }])
  }
  return [...draft.events]
}
