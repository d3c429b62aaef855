/**
 * The `range` assignor: of each topic a member gets a run of neighbouring partitions. Members come
 * in the same order for all topics, so that those with equal subscriptions get the same numbers of
 * topics that have equally many partitions, as joins of such topics need.
 */

import type { Assignment } from './assignment.ts'
import type { AssignorInput, AssignorMember } from './assignor.ts'

export function assignRanges({
  members,
  partitionCounts,
}: AssignorInput): ReadonlyMap<string, Assignment> {
  const ordered = [...members].sort(byIdentity)
  const result = new Map<string, Map<string, readonly number[]>>()
  for (const { memberId } of ordered) result.set(memberId, new Map())

  for (const [topicId, partitionCount] of partitionCounts) {
    const subscribers = ordered.filter(({ topicIds }) => topicIds.has(topicId))
    const size = Math.floor(partitionCount / subscribers.length)
    const extra = partitionCount % subscribers.length
    let next = 0
    subscribers.forEach(({ memberId }, index) => {
      const length = size + (index < extra ? 1 : 0)
      const first = next
      next += length
      if (length === 0) return
      const range = Array.from({ length }, (_, offset) => first + offset)
      result.get(memberId)!.set(topicId, range)
    })
  }
  return result
}

/** Static members come first, by the id that stays theirs: a restart must not move partitions. */
function byIdentity(one: AssignorMember, other: AssignorMember): number {
  if ((one.instanceId === null) !== (other.instanceId === null)) {
    return one.instanceId === null ? 1 : -1
  }
  return (one.instanceId ?? one.memberId) < (other.instanceId ?? other.memberId) ? -1 : 1
}
