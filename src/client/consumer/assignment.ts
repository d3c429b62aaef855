/** The partitions that a consumer reads, and what the program wants of them. */

import { keyOf, type TopicPartition } from '../cluster/offset-lookup.ts'
import { Offset } from '../record/offset.ts'
import type { AssignedPartition } from './assigned-partition.ts'

export class Assignment {
  readonly #partitions = new Map<string, AssignedPartition>()
  /** Places chosen for partitions that are not ours yet, by `topic/partition`. */
  readonly sought = new Map<string, number | Offset>()
  #isPaused = false

  /** How many there are. */
  get size(): number {
    return this.#partitions.size
  }

  get(place: TopicPartition): AssignedPartition | undefined {
    return this.#partitions.get(keyOf(place))
  }

  /** Returns those of `partitions` that are ours; all that are, without it. */
  select(partitions?: readonly TopicPartition[]): AssignedPartition[] {
    if (!partitions) return [...this.#partitions.values()]
    return partitions.flatMap((place) => this.get(place) ?? [])
  }

  add(partition: AssignedPartition): void {
    const key = keyOf(partition)
    partition.isPaused = this.#isPaused
    this.sought.delete(key)
    this.#partitions.set(key, partition)
  }

  /** They may be with others from now on. */
  remove(partitions: readonly AssignedPartition[]): void {
    for (const partition of partitions) {
      partition.state = 'gone'
      this.#partitions.delete(keyOf(partition))
    }
  }

  /** Returns those of `partitions` that are not ours; they will be read from the beginning. */
  missing(partitions: readonly TopicPartition[]): TopicPartition[] {
    const missing = partitions.filter((place) => !this.get(place))
    for (const key of missing.map(keyOf)) {
      if (!this.sought.has(key)) this.sought.set(key, Offset.earliest)
    }
    return missing
  }

  /** Without `partitions` it is for all that come, too. */
  setPaused(isPaused: boolean, partitions?: readonly TopicPartition[]): void {
    if (!partitions) this.#isPaused = isPaused
    for (const partition of this.select(partitions)) partition.isPaused = isPaused
  }
}
