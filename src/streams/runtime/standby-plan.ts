/**
 * Which partitions a worker should have copies of: those that would be its own if others were gone.
 *
 * Groups of streams share partitions out by `range`: members in the order of their ids, each with a
 * run of neighbouring partitions. So where a partition goes when members leave can be told before,
 * and a copy in any other place would be of no use. As long as no more than `replicas` members are
 * gone, whoever takes a partition over has a copy of it; all copies together are `replicas` for
 * each partition, but for rounding.
 */

export interface PartitionRange {
  readonly start: number
  /** The one after the last. */
  readonly end: number
}

/** Where a member is among all of them, in the order of their ids. */
export interface MemberRank {
  readonly rank: number
  readonly memberCount: number
}

/** Returns the partitions that a member has of a topic. */
export function rangeOf({ rank, memberCount }: MemberRank, partitionCount: number): PartitionRange {
  const share = Math.floor(partitionCount / memberCount)
  const extra = partitionCount % memberCount
  const start = rank * share + Math.min(rank, extra)
  return { start, end: start + share + (rank < extra ? 1 : 0) }
}

/** Returns the partitions that are not a member's own, and would be without some of the others. */
export function standbyPartitions(
  { rank, memberCount }: MemberRank,
  partitionCount: number,
  replicas: number,
): number[] {
  const own = rangeOf({ rank, memberCount }, partitionCount)
  const wanted = new Set<number>()
  const after = memberCount - 1 - rank
  // Of those that are gone it only matters how many come before us, and how many after.
  for (let goneBefore = 0; goneBefore <= Math.min(rank, replicas); goneBefore++) {
    for (let goneAfter = 0; goneAfter <= Math.min(after, replicas - goneBefore); goneAfter++) {
      const left = { rank: rank - goneBefore, memberCount: memberCount - goneBefore - goneAfter }
      const { start, end } = rangeOf(left, partitionCount)
      for (let partition = start; partition < end; partition++) {
        if (partition < own.start || partition >= own.end) wanted.add(partition)
      }
    }
  }
  return [...wanted].toSorted((a, b) => a - b)
}
