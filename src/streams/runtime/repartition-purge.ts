/**
 * Deletes what is processed from repartition topics, which nobody else reads, and which would grow
 * for ever: now and then, behind a commit, in the partitions that are with this worker.
 */

import type { AssignedPartition } from '../../client/consumer/assigned-partition.ts'
import type { DeleteBefore } from '../../client/admin/admin-records.ts'
import type { Clock, Logger } from '../../runtime/runtime.ts'
import type { ProcessedOffsets } from './guarantee.ts'

export interface RepartitionPurgeOptions {
  readonly topics: ReadonlySet<string>
  readonly clock: Clock
  readonly logger: Logger
  readonly deleteBefore: (topic: string, limits: readonly DeleteBefore[]) => Promise<unknown>
}

const intervalMs = 30_000

export class RepartitionPurge {
  readonly #options: RepartitionPurgeOptions
  /** What is committed, and not deleted yet. */
  readonly #committed = new Map<AssignedPartition, number>()
  #purgedAtMs: number
  #isPurging = false

  constructor(options: RepartitionPurgeOptions) {
    this.#options = options
    this.#purgedAtMs = options.clock.monotonic()
  }

  /** Everything before `offsets` is processed, and committed. */
  committed(offsets: ProcessedOffsets): void {
    const { topics, clock, logger } = this.#options
    for (const [partition, offset] of offsets) {
      if (topics.has(partition.topic)) this.#committed.set(partition, offset)
    }
    const nowMs = clock.monotonic()
    if (this.#isPurging || this.#committed.size === 0) return
    if (nowMs - this.#purgedAtMs < intervalMs) return
    this.#purgedAtMs = nowMs
    this.#isPurging = true
    this.#purge()
      .catch((error: Error) => {
        // What stays takes room, and nothing else: the next commit tries again.
        logger.warn('processed records could not be deleted', { error: error.message })
      })
      .finally(() => (this.#isPurging = false))
  }

  async #purge(): Promise<void> {
    const limits = new Map<string, DeleteBefore[]>()
    for (const [{ topic, partition }, before] of this.#committed) {
      const ofTopic = limits.get(topic) ?? []
      ofTopic.push({ partition, before })
      limits.set(topic, ofTopic)
    }
    this.#committed.clear()
    const { deleteBefore } = this.#options
    await Promise.all([...limits].map(([topic, ofTopic]) => deleteBefore(topic, ofTopic)))
  }
}
