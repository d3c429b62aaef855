/**
 * Sets of partitions by topic id: what a member of a group has, or shall have.
 *
 * They are kept in one form, so that equal sets look alike: partitions ascend, none is twice, and
 * no topic is without partitions.
 */

export type Assignment = ReadonlyMap<string, readonly number[]>

export interface TopicPartitions {
  readonly topicId: string
  readonly partitions: readonly number[]
}

export const noPartitions: Assignment = Object.freeze(new Map<string, readonly number[]>())

/** Returns the set of all partitions in `entries`, which may be in any order. */
export function assignmentOf(entries: Iterable<TopicPartitions>): Assignment {
  const sets = new Map<string, Set<number>>()
  for (const { topicId, partitions } of entries) {
    const set = sets.get(topicId) ?? new Set<number>()
    for (const partition of partitions) set.add(partition)
    if (set.size > 0) sets.set(topicId, set)
  }
  const assignment = new Map<string, readonly number[]>()
  for (const [topicId, set] of sets)
    assignment.set(
      topicId,
      [...set].sort((a, b) => a - b),
    )
  return assignment
}

export function topicPartitionsOf(assignment: Assignment): TopicPartitions[] {
  return [...assignment].map(([topicId, partitions]) => ({ topicId, partitions }))
}

/** Returns the partitions of `assignment` that `keep` is true for. */
export function filterAssignment(
  assignment: Assignment,
  keep: (topicId: string, partition: number) => boolean,
): Assignment {
  const result = new Map<string, readonly number[]>()
  for (const [topicId, partitions] of assignment) {
    const kept = partitions.filter((partition) => keep(topicId, partition))
    if (kept.length > 0) result.set(topicId, kept)
  }
  return result
}

export function intersection(one: Assignment, other: Assignment): Assignment {
  return filterAssignment(one, (topicId, partition) => contains(other, topicId, partition))
}

export function difference(one: Assignment, other: Assignment): Assignment {
  return filterAssignment(one, (topicId, partition) => !contains(other, topicId, partition))
}

export function union(one: Assignment, other: Assignment): Assignment {
  return assignmentOf([...topicPartitionsOf(one), ...topicPartitionsOf(other)])
}

export function contains(assignment: Assignment, topicId: string, partition: number): boolean {
  const partitions = assignment.get(topicId) ?? []
  let low = 0
  for (let high = partitions.length; low < high;) {
    const middle = (low + high) >>> 1
    if (partitions[middle]! < partition) low = middle + 1
    else high = middle
  }
  return partitions[low] === partition
}

export function isSubset(part: Assignment, whole: Assignment): boolean {
  return difference(part, whole).size === 0
}

export function overlap(one: Assignment, other: Assignment): boolean {
  return intersection(one, other).size > 0
}

export function equalAssignments(one: Assignment, other: Assignment): boolean {
  return (
    one.size === other.size && partitionCount(one) === partitionCount(other) && isSubset(one, other)
  )
}

export function partitionCount(assignment: Assignment): number {
  let count = 0
  for (const partitions of assignment.values()) count += partitions.length
  return count
}
