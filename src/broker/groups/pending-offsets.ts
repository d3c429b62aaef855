/**
 * Offsets that were committed as a part of a transaction that is still open. They count once it is
 * committed; until then, who wants stable offsets has to wait.
 *
 * Of several commits of a partition the latest in the log counts, whichever transaction ends last.
 * As in Kafka: the latest is what compaction leaves, and a restart finds.
 */

import type { TransactionMarker } from '../../log/producer/producer-state.ts'
import type { CommittedPartition } from './committed-offsets.ts'

/** A commit of a group that waits for its transaction. */
export interface PendingCommit {
  readonly groupId: string
  readonly commit: CommittedPartition
}

interface Waiting extends PendingCommit {
  readonly producerId: number
}

type Place = Pick<CommittedPartition, 'topic' | 'partition'>

export class PendingOffsets {
  /** By producer id, in the order in which they came; also those that later ones have replaced. */
  readonly #byProducer = new Map<number, Waiting[]>()
  /** Those that may come to count, by their place, in the order in which they came. */
  readonly #byPlace = new Map<string, Waiting[]>()

  add(producerId: number, groupId: string, commits: readonly CommittedPartition[]): void {
    const ofProducer = this.#byProducer.get(producerId) ?? []
    this.#byProducer.set(producerId, ofProducer)
    for (const commit of commits) {
      const pending = { producerId, groupId, commit }
      ofProducer.push(pending)
      const place = placeOf(groupId, commit)
      const all = this.#byPlace.get(place) ?? []
      // Both end together.
      if (all.at(-1)?.producerId === producerId) all.pop()
      all.push(pending)
      this.#byPlace.set(place, all)
    }
  }

  /** Returns what waited for the end of the producer's transaction, and forgets it. */
  end({ producerId, result }: Pick<TransactionMarker, 'producerId' | 'result'>): PendingCommit[] {
    const ofProducer = this.#byProducer.get(producerId) ?? []
    this.#byProducer.delete(producerId)
    return ofProducer.filter((pending) => this.#take(pending, result))
  }

  /** What comes later, outside of transactions, counts instead of what is waiting. */
  supersede(groupId: string, place: Place): void {
    this.#byPlace.delete(placeOf(groupId, place))
  }

  hasAny(groupId: string): boolean {
    return !this.of(groupId).next().done
  }

  *groupIds(): Generator<string, void> {
    for (const [first] of this.#byPlace.values()) if (first) yield first.groupId
  }

  /** Gives each place of a group for which something waits. */
  *of(groupId: string): Generator<Place, void> {
    for (const [first] of this.#byPlace.values()) if (first?.groupId === groupId) yield first.commit
  }

  has(groupId: string, topic: string, partition: number): boolean {
    return this.#byPlace.has(placeOf(groupId, { topic, partition }))
  }

  /** Returns whether it counts, as far as its transaction does. */
  #take(pending: Waiting, result: TransactionMarker['result']): boolean {
    const place = placeOf(pending.groupId, pending.commit)
    const all = this.#byPlace.get(place) ?? []
    const at = all.indexOf(pending)
    if (at < 0) return false
    if (result === 'commit') all.splice(0, at + 1)
    else all.splice(at, 1)
    if (all.length === 0) this.#byPlace.delete(place)
    return true
  }
}

/** Names of topics have no spaces. */
function placeOf(groupId: string, { topic, partition }: Place): string {
  return `${partition} ${topic} ${groupId}`
}
