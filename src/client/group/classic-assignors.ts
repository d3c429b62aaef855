/**
 * How the leader of a classic group shares the partitions out: `cooperative-sticky` (KIP-429), in
 * which members keep what they have and what moves is given up a round before somebody else gets
 * it, and `range`, which everybody knows. What `cooperative-range` comes to is that of `range`, and
 * the way there that of KIP-429; nobody else has it.
 */

import { keyOf, type TopicPartition } from '../cluster/offset-lookup.ts'

export interface AssignedMember {
  readonly memberId: string
  /** By which `cooperative-range` sorts. */
  readonly order: string
  readonly topics: readonly string[]
  /** What it has, as of `generation`. */
  readonly owned: readonly TopicPartition[]
  readonly generation: number
}

/** By member id. */
export type Assignment = ReadonlyMap<string, readonly TopicPartition[]>

/** Returns how many partitions a topic has; 0 where there is none. */
export type PartitionCount = (topic: string) => number

type Assignor = (members: readonly AssignedMember[], count: PartitionCount) => Assignment

/** In the order in which we prefer them. */
export const assignors: Readonly<Record<string, Assignor>> = {
  'cooperative-sticky': cooperativeSticky,
  'cooperative-range': cooperativeRange,
  range,
}

/** Of each topic, each member gets as many partitions in a row; the first get one more. */
function range(members: readonly AssignedMember[], count: PartitionCount): Assignment {
  return rangeBy((member) => member.memberId, members, count)
}

function rangeBy(
  orderOf: (member: AssignedMember) => string,
  members: readonly AssignedMember[],
  count: PartitionCount,
): Assignment {
  const ordered = [...members].sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1))
  const assignment = new Map<string, TopicPartition[]>(
    members.map(({ memberId }) => [memberId, []]),
  )
  for (const topic of topicsOf(members)) {
    const subscribed = ordered
      .filter(({ topics }) => topics.includes(topic))
      .map(({ memberId }) => memberId)
    const partitionCount = count(topic)
    subscribed.forEach((memberId, index) => {
      const share = Math.floor(partitionCount / subscribed.length)
      const extra = partitionCount % subscribed.length
      const start = index * share + Math.min(index, extra)
      const end = start + share + (index < extra ? 1 : 0)
      for (let partition = start; partition < end; partition++) {
        assignment.get(memberId)!.push({ topic, partition })
      }
    })
  }
  return assignment
}

/** As even as can be, with as few moves as that takes. */
function cooperativeSticky(members: readonly AssignedMember[], count: PartitionCount): Assignment {
  const owners = ownersOf(members, count)
  const shares = new Map<AssignedMember, Map<string, TopicPartition>>()
  for (const member of members) shares.set(member, new Map())
  const left: TopicPartition[] = []
  for (const topic of topicsOf(members)) {
    for (let partition = 0; partition < count(topic); partition++) {
      const place = { topic, partition }
      const owner = owners.get(keyOf(place))
      if (owner) shares.get(owner)!.set(keyOf(place), place)
      else left.push(place)
    }
  }
  const sizeOf = (member: AssignedMember): number => shares.get(member)!.size
  for (const place of left) {
    const taker = leastOf(members, place.topic, sizeOf)
    if (taker) shares.get(taker)!.set(keyOf(place), place)
  }
  while (moveOne(members, shares));
  const wanted = new Map<string, readonly TopicPartition[]>()
  for (const [{ memberId }, share] of shares) wanted.set(memberId, [...share.values()])
  return withoutMoving(members, wanted)
}

/** The same partitions of topics that have as many go to one member. */
function cooperativeRange(members: readonly AssignedMember[], count: PartitionCount): Assignment {
  return withoutMoving(
    members,
    rangeBy(({ order }) => order, members, count),
  )
}

/** What is on its way from one member to another is nobody's in this round. */
function withoutMoving(members: readonly AssignedMember[], wanted: Assignment): Assignment {
  const assignment = new Map<string, readonly TopicPartition[]>()
  for (const member of members) {
    const kept = wanted.get(member.memberId)!.filter((place) => {
      const claimed = claimsOf(members, place)
      return claimed.length === 0 || claimed.includes(member)
    })
    assignment.set(member.memberId, kept)
  }
  return assignment
}

/** Moves a partition from a member that has at least two more than another. */
function moveOne(
  members: readonly AssignedMember[],
  shares: ReadonlyMap<AssignedMember, Map<string, TopicPartition>>,
): boolean {
  const sizeOf = (member: AssignedMember): number => shares.get(member)!.size
  for (const giver of [...members].sort((a, b) => sizeOf(b) - sizeOf(a))) {
    for (const [key, place] of [...shares.get(giver)!].reverse()) {
      const taker = leastOf(members, place.topic, sizeOf)
      if (!taker || sizeOf(giver) - sizeOf(taker) < 2) continue
      shares.get(giver)!.delete(key)
      shares.get(taker)!.set(key, place)
      return true
    }
  }
  return false
}

/** Returns who keeps which partition: of several that claim it, the one that heard of it last. */
function ownersOf(
  members: readonly AssignedMember[],
  count: PartitionCount,
): ReadonlyMap<string, AssignedMember> {
  const owners = new Map<string, AssignedMember>()
  const disputed = new Set<string>()
  for (const member of members) {
    for (const place of member.owned) {
      const { topic, partition } = place
      if (!member.topics.includes(topic) || partition >= count(topic)) continue
      const other = owners.get(keyOf(place))
      if (other?.generation === member.generation) disputed.add(keyOf(place))
      else if (!other || other.generation < member.generation) {
        owners.set(keyOf(place), member)
        disputed.delete(keyOf(place))
      }
    }
  }
  for (const key of disputed) owners.delete(key)
  return owners
}

function claimsOf(
  members: readonly AssignedMember[],
  { topic, partition }: TopicPartition,
): readonly AssignedMember[] {
  return members.filter(({ owned }) =>
    owned.some((place) => place.topic === topic && place.partition === partition),
  )
}

function leastOf(
  members: readonly AssignedMember[],
  topic: string,
  sizeOf: (member: AssignedMember) => number,
): AssignedMember | undefined {
  let least: AssignedMember | undefined
  for (const member of members) {
    if (!member.topics.includes(topic)) continue
    if (!least || sizeOf(member) < sizeOf(least)) least = member
  }
  return least
}

function topicsOf(members: readonly AssignedMember[]): string[] {
  return [...new Set(members.flatMap(({ topics }) => topics))].sort()
}
