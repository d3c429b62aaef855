/**
 * The `uniform` assignor: members keep what they have as far as that is fair, and no partition
 * could go to a member that has two fewer. Where all subscribe to the same topics their counts
 * differ by one at most, and as few partitions move as that allows.
 */

import type { Assignment } from './assignment.ts'
import type { AssignorInput, AssignorMember } from './assignor.ts'

/** A member while partitions are dealt. */
interface Taker {
  readonly memberId: string
  readonly taken: Map<string, number[]>
  count: number
}

export function assignUniformly({
  members,
  partitionCounts,
}: AssignorInput): ReadonlyMap<string, Assignment> {
  const ordered = [...members].sort((a, b) => (a.memberId < b.memberId ? -1 : 1))
  const takers = new Map<string, Taker>()
  for (const { memberId } of ordered) takers.set(memberId, { memberId, taken: new Map(), count: 0 })

  const subscribers = subscribersByTopic(ordered, takers, partitionCounts)
  const free = keepCurrent(ordered, takers, partitionCounts)
  dealOut(free, subscribers)
  level([...takers.values()], subscribers)

  return new Map([...takers.values()].map(({ memberId, taken }) => [memberId, canonical(taken)]))
}

/** Topics whose subscribers are the same share one array, which `level` makes use of. */
function subscribersByTopic(
  members: readonly AssignorMember[],
  takers: ReadonlyMap<string, Taker>,
  partitionCounts: ReadonlyMap<string, number>,
): ReadonlyMap<string, readonly Taker[]> {
  const shared = new Map<string, readonly Taker[]>()
  const result = new Map<string, readonly Taker[]>()
  for (const topicId of partitionCounts.keys()) {
    const subscribed = members.filter(({ topicIds }) => topicIds.has(topicId))
    const list = subscribed.map(({ memberId }) => takers.get(memberId)!)
    const key = JSON.stringify(subscribed.map(({ memberId }) => memberId))
    if (!shared.has(key)) shared.set(key, list)
    result.set(topicId, shared.get(key)!)
  }
  return result
}

/** Lets members keep what they have and may have; returns the partitions that nobody has. */
function keepCurrent(
  members: readonly AssignorMember[],
  takers: ReadonlyMap<string, Taker>,
  partitionCounts: ReadonlyMap<string, number>,
): ReadonlyMap<string, ReadonlySet<number>> {
  const free = new Map<string, Set<number>>()
  for (const [topicId, count] of partitionCounts) {
    free.set(topicId, new Set(Array.from({ length: count }, (_, partition) => partition)))
  }
  for (const { memberId, topicIds, current } of members) {
    for (const [topicId, partitions] of current) {
      if (!topicIds.has(topicId)) continue
      for (const partition of partitions) {
        if (free.get(topicId)?.delete(partition)) give(takers.get(memberId)!, topicId, partition)
      }
    }
  }
  return free
}

/** Topics with few subscribers go first: the others can make up for the difference. */
function dealOut(
  free: ReadonlyMap<string, ReadonlySet<number>>,
  subscribers: ReadonlyMap<string, readonly Taker[]>,
): void {
  const topicIds = [...free.keys()].sort(
    (a, b) => subscribers.get(a)!.length - subscribers.get(b)!.length,
  )
  for (const topicId of topicIds) {
    const candidates = subscribers.get(topicId)!
    if (candidates.length === 0) continue
    for (const partition of free.get(topicId)!) give(lightest(candidates), topicId, partition)
  }
}

/**
 * Moves partitions to members that have two fewer, always one of the member that has most: were it
 * to give more at once, it could end up with too few, and be given others.
 */
function level(takers: readonly Taker[], subscribers: ReadonlyMap<string, readonly Taker[]>): void {
  const hasMoved = (from: Taker): boolean => {
    const move = bestMove(from, subscribers)
    if (move) give(move.to, move.topicId, take(from, move.topicId))
    return move !== undefined
  }
  let isMoving = true
  while (isMoving) isMoving = [...takers].sort((a, b) => b.count - a.count).some(hasMoved)
}

/** Of the topics it could give of, `from` gives of that of which it has most: loads differ too. */
function bestMove(
  from: Taker,
  subscribers: ReadonlyMap<string, readonly Taker[]>,
): { readonly topicId: string; readonly to: Taker } | undefined {
  const lightestOf = new Map<readonly Taker[], Taker>()
  let best: { readonly topicId: string; readonly to: Taker; readonly length: number } | undefined
  for (const [topicId, { length }] of from.taken) {
    if (length <= (best?.length ?? 0)) continue
    const candidates = subscribers.get(topicId)!
    const to = lightestOf.get(candidates) ?? lightest(candidates)
    lightestOf.set(candidates, to)
    if (from.count - to.count >= 2) best = { topicId, to, length }
  }
  return best
}

function lightest(candidates: readonly Taker[]): Taker {
  let result = candidates[0]!
  for (const candidate of candidates) if (candidate.count < result.count) result = candidate
  return result
}

function give(to: Taker, topicId: string, partition: number): void {
  const partitions = to.taken.get(topicId)
  if (partitions) partitions.push(partition)
  else to.taken.set(topicId, [partition])
  to.count++
}

function take(from: Taker, topicId: string): number {
  const partitions = from.taken.get(topicId)!
  from.count--
  return partitions.pop()!
}

function canonical(taken: ReadonlyMap<string, readonly number[]>): Assignment {
  const result = new Map<string, readonly number[]>()
  for (const [topicId, partitions] of taken) {
    if (partitions.length > 0)
      result.set(
        topicId,
        [...partitions].sort((a, b) => a - b),
      )
  }
  return result
}
