/**
 * Offsets that were committed as a part of a transaction that is still open. They count once it is
 * committed; until then, who wants stable offsets has to wait.
 */

import type { CommittedPartition } from './committed-offsets.ts'

/** A commit of a group that waits for its transaction. */
export interface PendingCommit {
  readonly groupId: string
  readonly commit: CommittedPartition
}

export class PendingOffsets {
  /** By producer id, in the order in which they came. */
  readonly #byProducer = new Map<number, PendingCommit[]>()

  add(producerId: number, groupId: string, commits: readonly CommittedPartition[]): void {
    const pending = this.#byProducer.get(producerId) ?? []
    this.#byProducer.set(producerId, pending)
    for (const commit of commits) pending.push({ groupId, commit })
  }

  /** Returns what waited for the end of the producer's transaction, and forgets it. */
  end(producerId: number): readonly PendingCommit[] {
    const pending = this.#byProducer.get(producerId) ?? []
    this.#byProducer.delete(producerId)
    return pending
  }

  /** What comes later, outside of transactions, counts instead of what is waiting. */
  supersede(groupId: string, { topic, partition }: CommittedPartition): void {
    for (const [producerId, pending] of this.#byProducer) {
      if (!pending.some((each) => isOf(each, groupId, topic, partition))) continue
      const left = pending.filter((each) => !isOf(each, groupId, topic, partition))
      this.#byProducer.set(producerId, left)
    }
  }

  hasAny(groupId: string): boolean {
    for (const pending of this.#byProducer.values()) {
      if (pending.some((each) => each.groupId === groupId)) return true
    }
    return false
  }

  has(groupId: string, topic: string, partition: number): boolean {
    for (const pending of this.#byProducer.values()) {
      if (pending.some((each) => isOf(each, groupId, topic, partition))) return true
    }
    return false
  }
}

function isOf(
  { groupId, commit }: PendingCommit,
  ofGroup: string,
  topic: string,
  partition: number,
): boolean {
  return groupId === ofGroup && commit.topic === topic && commit.partition === partition
}
