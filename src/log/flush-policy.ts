/**
 * When the records of a topic are synced, and what an acknowledgement of them promises. The broker
 * has one answer for all topics (`flush`), and a topic its own, by Kafka's config:
 *
 * | `flush.messages`        | acknowledged with `acks=all`       | synced                         |
 * | ----------------------- | ---------------------------------- | ------------------------------ |
 * | not set, or the largest | as `flush` of the broker says      | as `flush` of the broker says  |
 * | 1                       | once on the disk, as `flush: 'ack'` | before it is acknowledged     |
 * | any other number        | at once, as with `flush: 'os'`     | after so many records          |
 */

import type { LogConfig } from './log-config.ts'
import type { FlushMode } from './partition-log-options.ts'

export class FlushPolicy {
  readonly #brokerMode: FlushMode
  #flushMessages: number
  /** Records below it could be seen before, and stay so, though they may not be on the disk yet. */
  #shownOffset = 0

  constructor(brokerMode: FlushMode, config: LogConfig) {
    this.#brokerMode = brokerMode
    this.#flushMessages = config.flushMessages
  }

  /** Whether acknowledged means on the disk. */
  get isAck(): boolean {
    if (this.#flushMessages === Infinity) return this.#brokerMode === 'ack'
    return this.#flushMessages === 1
  }

  /** Goes on with another config, in a log that ends at `endOffset`. */
  change(config: LogConfig, endOffset: number): void {
    if (!this.isAck) this.#shownOffset = endOffset
    this.#flushMessages = config.flushMessages
  }

  /** Returns the offset below which consumers may see records. */
  highWatermark({ syncedOffset, endOffset }: FlushState): number {
    return this.isAck ? Math.max(syncedOffset, this.#shownOffset) : endOffset
  }

  /** Returns whether a sync is to begin. */
  isDue({ syncedOffset, endOffset }: FlushState): boolean {
    return endOffset - syncedOffset >= (this.isAck ? 1 : this.#flushMessages)
  }
}

/** How far a log is. */
export interface FlushState {
  readonly syncedOffset: number
  readonly endOffset: number
}
