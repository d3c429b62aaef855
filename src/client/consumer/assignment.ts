/** The partitions that a consumer reads, and what the program wants of them. */

import { keyOf, type TopicPartition } from '../cluster/offset-lookup.ts'
import { Offset } from '../record/offset.ts'
import type { Serde } from '../record/serde.ts'
import { AssignedPartition, type Commits } from './assigned-partition.ts'
import type { StartPosition } from './start-positions.ts'

/** Places that were chosen, by `topic/partition`. */
export type Sought = ReadonlyMap<string, number | Offset>

interface BeginConfig {
  readonly value: Serde<unknown>
  readonly key: Serde<unknown>
  /** Where to begin without a commit. */
  readonly offset: Offset
}

export class Assignment {
  readonly #partitions = new Map<string, AssignedPartition>()
  /** Places chosen for partitions that are not ours yet, by `topic/partition`. */
  readonly sought = new Map<string, number | Offset>()
  #isPaused = false
  /** Partitions that are paused, or not, unlike the others; also those that are not ours yet. */
  readonly #pausedUnlike = new Map<string, boolean>()

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

  /** Begins with a partition, whose offsets `committer` commits. */
  begin(
    { origin, ...start }: StartPosition,
    { value, key, offset }: BeginConfig,
    committer: Commits,
  ): AssignedPartition {
    const partition = new AssignedPartition({ ...start, value, key, committer })
    partition.isSought = origin === 'sought'
    // Where the policy means another place tomorrow, today's is kept, so that records which come
    // before the first commit are not passed over by the next member.
    const isFirst = origin === 'policy' && offset !== Offset.earliest
    // Likewise a place that was sought: it is where the program wants the group to be.
    if (isFirst || origin === 'sought') partition.processed = start.position
    partition.isPaused = this.#pausedUnlike.get(keyOf(partition)) ?? this.#isPaused
    this.#partitions.set(keyOf(partition), partition)
    return partition
  }

  /** Whether the places of `partitions` that are sought now are those in `sought`. */
  isSoughtAsIn(sought: Sought, partitions: readonly TopicPartition[]): boolean {
    return partitions.every((place) => sought.get(keyOf(place)) === this.sought.get(keyOf(place)))
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

  /** It is for those that come, too. */
  setPaused(isPaused: boolean, partitions?: readonly TopicPartition[]): void {
    if (!partitions) {
      this.#isPaused = isPaused
      this.#pausedUnlike.clear()
    }
    for (const place of partitions ?? []) this.#pausedUnlike.set(keyOf(place), isPaused)
    for (const partition of this.select(partitions)) partition.isPaused = isPaused
  }
}
