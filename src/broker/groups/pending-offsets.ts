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
  /** Those that may come to count, by group and place, in the order in which they came. */
  readonly #byGroup = new Map<string, Map<string, Waiting[]>>()

  add(producerId: number, groupId: string, commits: readonly CommittedPartition[]): void {
    const ofProducer = this.#byProducer.get(producerId) ?? []
    this.#byProducer.set(producerId, ofProducer)
    for (const commit of commits) {
      const pending = { producerId, groupId, commit }
      ofProducer.push(pending)
      const all = this.#at(groupId, commit) ?? []
      // Both end together.
      if (all.at(-1)?.producerId === producerId) all.pop()
      all.push(pending)
      this.#put(groupId, commit, all)
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
    const places = this.#byGroup.get(groupId)
    places?.delete(keyOf(place))
    if (places?.size === 0) this.#byGroup.delete(groupId)
  }

  hasAny(groupId: string): boolean {
    return this.#byGroup.has(groupId)
  }

  groupIds(): Iterable<string> {
    return this.#byGroup.keys()
  }

  /** Returns each place of a group for which something waits. */
  of(groupId: string): Place[] {
    const places = [...(this.#byGroup.get(groupId)?.values() ?? [])]
    return places.map(([first]) => first!.commit)
  }

  has(groupId: string, topic: string, partition: number): boolean {
    return this.#at(groupId, { topic, partition }) !== undefined
  }

  #at(groupId: string, place: Place): Waiting[] | undefined {
    return this.#byGroup.get(groupId)?.get(keyOf(place))
  }

  #put(groupId: string, place: Place, all: Waiting[]): void {
    const places = this.#byGroup.get(groupId) ?? new Map<string, Waiting[]>()
    this.#byGroup.set(groupId, places)
    places.set(keyOf(place), all)
  }

  /** Returns whether it counts, as far as its transaction does. */
  #take(pending: Waiting, result: TransactionMarker['result']): boolean {
    const { groupId, commit } = pending
    const all = this.#at(groupId, commit) ?? []
    const at = all.indexOf(pending)
    if (at < 0) return false
    if (result === 'commit') all.splice(0, at + 1)
    else all.splice(at, 1)
    if (all.length === 0) this.supersede(groupId, commit)
    return true
  }
}

function keyOf({ topic, partition }: Place): string {
  return `${partition} ${topic}`
}
