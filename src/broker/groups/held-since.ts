/**
 * Since which epoch a member of a KIP-848 group has each of its partitions. A commit may come with
 * an epoch before the member's latest, as long as the partition was the member's then (KIP-1251).
 */

import type { Assignment } from './assignment.ts'

/** By topic id and partition. */
export type HeldSince = ReadonlyMap<string, ReadonlyMap<number, number>>

export const heldNothing: HeldSince = Object.freeze(new Map<string, ReadonlyMap<number, number>>())

interface Held {
  readonly epoch: number
  readonly assigned: Assignment
  readonly revoking: Assignment
}

/** Returns it for all that is `held`: what is not in `before` is new with the epoch. */
export function heldSince(before: HeldSince, { epoch, assigned, revoking }: Held): HeldSince {
  const result = new Map<string, Map<number, number>>()
  for (const [topicId, partitions] of [...assigned, ...revoking]) {
    const ofTopic = result.get(topicId) ?? new Map<number, number>()
    result.set(topicId, ofTopic)
    const known = before.get(topicId)
    // A static member that is away has a negative epoch.
    for (const each of partitions) ofTopic.set(each, known?.get(each) ?? Math.max(epoch, 0))
  }
  return result
}
