/** Commits what was processed, without being asked: now and then, and before it is given up. */

import type { Clock, Timer } from '../../runtime/runtime.ts'
import type { TopicPartition } from '../cluster/offset-lookup.ts'

/** What is committed for, and how far. */
export interface Progress extends TopicPartition {
  /** The offset after the last record that was processed, if any was. */
  readonly processed: number | undefined
  readonly committed: number | undefined
  /** Whether there is no such topic any more. */
  readonly isMissing: boolean
  commitLater(offset: number): void
}

export class AutoCommit {
  readonly #clock: Clock
  #timer: Timer | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Begins, where it has not. `partitions` says each time what there is. */
  start(everyMs: number, partitions: () => readonly Progress[]): void {
    const commit = (): void => {
      commitProcessed(partitions())
      this.#timer = this.#clock.after(everyMs, commit)
    }
    this.#timer ??= this.#clock.after(everyMs, commit)
  }

  stop(): void {
    this.#timer?.cancel()
  }
}

/** Begins to commit what was processed since the last commit. */
export function commitProcessed(partitions: readonly Progress[]): void {
  for (const partition of partitions) {
    const { processed = -1, committed = -1, isMissing } = partition
    // What is committed of a topic that is gone would be of the next one of its name.
    if (processed > committed && !isMissing) partition.commitLater(processed)
  }
}
