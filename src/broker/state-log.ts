/**
 * The log of a part of the broker's state: every change is a record, appended and then applied, and
 * starting is replaying them. It is the only partition of one of Kafka's internal topics.
 */

import type { PartitionLog } from '../log/partition-log.ts'
import { decodeBatches, readRecords } from '../record/batch-reader.ts'
import { writeBatch } from '../record/batch-writer.ts'
import type { Codecs } from '../record/compression.ts'
import type { Clock } from '../runtime/runtime.ts'

export interface StateRecord {
  readonly key: Uint8Array | null
  /** `null` removes what the key stands for. */
  readonly value: Uint8Array | null
}

export interface StoredStateRecord extends StateRecord {
  readonly offset: number
  /** When it was appended, milliseconds since 1970. */
  readonly timestamp: number
}

export interface StateLogOptions {
  readonly log: PartitionLog
  readonly clock: Clock
  /** For logs that were written by Apache Kafka, whose batches may be compressed. */
  readonly codecs?: Codecs
}

const replayBytes = 1024 * 1024

/** One writer: changes are appended in the order in which they are decided. */
export class StateLog {
  readonly #log: PartitionLog
  readonly #options: StateLogOptions

  constructor(options: StateLogOptions) {
    this.#options = options
    this.#log = options.log
  }

  /**
   * Appends `records` as one batch, all or nothing. They count as soon as this returns: the caller
   * applies them at once, and answers when the promise resolves.
   *
   * @returns a promise that resolves once they would survive a power failure
   * @throws LogError where nothing was appended
   */
  append(records: readonly StateRecord[]): Promise<void> {
    if (records.length === 0) return this.#log.whenDurable(this.#log.endOffset)
    const timestamp = this.#options.clock.now()
    const batch = writeBatch(
      records.map(({ key, value }) => ({ key, value, timestamp })),
      { partitionLeaderEpoch: 0 },
    ) as Uint8Array
    const { lastOffset } = this.#log.append(batch, { origin: 'coordinator', leaderEpoch: 0 })
    return this.#log.whenDurable(lastOffset + 1)
  }

  /** Calls `apply` with every record from the start on. */
  replay(apply: (record: StoredStateRecord) => void): void {
    let offset = this.#log.startOffset
    while (offset < this.#log.endOffset) {
      const maxBytes = replayBytes
      const read = this.#log.read({ offset, maxBytes, minOneBatch: true, upTo: 'end' })
      for (const { header, bytes } of decodeBatches(read.records)) {
        const { codecs } = this.#options
        const records = readRecords(bytes, header, codecs ? { codecs } : {}) as StoredStateRecord[]
        if (!header.isControl) for (const record of records) apply(record)
      }
      if (read.nextOffset <= offset) break
      offset = read.nextOffset
    }
  }
}
