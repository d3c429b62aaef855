/**
 * The target assignment of a KIP-848 group: what all members shall have at the end, computed anew
 * whenever the group's epoch has grown.
 */

import { equalAssignments, noPartitions } from './assignment.ts'
import type { AssignorMember } from './assignor.ts'
import { assignorOf, defaultAssignorName } from './assignors.ts'
import type { ConsumerGroup, ConsumerGroupEvent } from './consumer-group.ts'
import type { SubscribedTopics } from './consumer-topics.ts'

export interface TargetFacts {
  readonly topics: SubscribedTopics
  readonly nowMs: number
}

/** Returns what makes the target that of the group's epoch: nothing where it is already. */
export function decideTarget(
  group: ConsumerGroup,
  { topics, nowMs }: TargetFacts,
): ConsumerGroupEvent[] {
  if (group.targetEpoch >= group.epoch) return []
  const members = [...group.members.values()]
  const partitionCounts = new Map<string, number>()
  const assignorMembers = members.map(({ memberId, subscription }): AssignorMember => {
    const subscribed = topics.of(subscription)
    for (const { id, partitionCount } of subscribed.values())
      partitionCounts.set(id, partitionCount)
    return {
      memberId,
      instanceId: subscription.instanceId,
      topicIds: new Set(subscribed.keys()),
      current: group.targets.get(memberId) ?? noPartitions,
    }
  })
  const assign = assignorOf(preferredAssignor(group)) ?? assignorOf(defaultAssignorName)!
  const targets = assign({ members: assignorMembers, partitionCounts })

  const events: ConsumerGroupEvent[] = []
  for (const [memberId, target] of targets) {
    const current = group.targets.get(memberId)
    if (current && equalAssignments(current, target)) continue
    events.push({ type: 'target', memberId, target })
  }
  events.push({ type: 'target-epoch', epoch: group.epoch, timestampMs: nowMs })
  return events
}

/** Returns the assignor that most members ask for. */
export function preferredAssignor({ members }: ConsumerGroup): string {
  const votes = new Map<string, number>()
  for (const { subscription } of members.values()) {
    const name = subscription.serverAssignor
    if (name !== null) votes.set(name, (votes.get(name) ?? 0) + 1)
  }
  let preferred = defaultAssignorName
  let most = 0
  for (const [name, count] of votes) {
    if (count <= most) continue
    preferred = name
    most = count
  }
  return preferred
}
