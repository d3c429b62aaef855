/**
 * How a KIP-848 member gets from what it has to its target: first it gives up what others shall
 * have, then it takes what others have given up.
 *
 * A partition is never given to a member as long as another one has it or still has to give it up:
 * that is what keeps two members from reading the same partition.
 */

import {
  difference,
  filterAssignment,
  intersection,
  noPartitions,
  overlap,
  union,
  type Assignment,
} from './assignment.ts'
import {
  isReconciled,
  ownerOf,
  type ConsumerGroup,
  type ConsumerMember,
  type MemberProgress,
} from './consumer-group.ts'

/**
 * Returns how far `member` can go now, or `undefined` where it stays where it is. `owned` is what
 * the member says it has, or `undefined` where it said nothing.
 */
export function decideProgress(
  group: ConsumerGroup,
  member: ConsumerMember,
  owned: Assignment | undefined,
): MemberProgress | undefined {
  if (isReconciled(member, group.targetEpoch)) return undefined
  const hasGivenUp = (partitions: Assignment): boolean =>
    owned !== undefined && !overlap(owned, partitions)

  if (member.state === 'unrevoked' && !hasGivenUp(member.revoking)) return undefined
  // One epoch further, even if there is more to give up: it shows that the member is getting on.
  const epoch = member.state === 'unrevoked' ? member.epoch + 1 : member.epoch

  const target = group.targets.get(member.memberId) ?? noPartitions
  const kept = intersection(member.assigned, target)
  const revoking = difference(member.assigned, kept)
  if (revoking.size > 0 && !hasGivenUp(revoking)) {
    return { ...epochs(member, epoch), state: 'unrevoked', assigned: kept, revoking }
  }

  // Even what the member itself has given up just now is not free yet: its owner is told by events
  // that are decided here. The next heartbeat gives it back.
  const missing = difference(target, kept)
  const released = filterAssignment(
    missing,
    (topicId, partition) => ownerOf(group, topicId, partition) === undefined,
  )
  const next: MemberProgress = {
    ...epochs(member, group.targetEpoch),
    state: difference(missing, released).size > 0 ? 'unreleased' : 'stable',
    assigned: union(kept, released),
    revoking: noPartitions,
  }
  // While it waits for others each heartbeat comes by here, mostly for nothing.
  const hasMoved = member.epoch !== next.epoch || member.state !== next.state
  return hasMoved || released.size > 0 || revoking.size > 0 ? next : undefined
}

/** A lost answer must not fence the member: it comes back with the epoch it had before. */
function epochs(
  member: MemberProgress,
  epoch: number,
): Pick<MemberProgress, 'epoch' | 'previousEpoch'> {
  return epoch === member.epoch
    ? { epoch, previousEpoch: member.previousEpoch }
    : { epoch, previousEpoch: member.epoch }
}
