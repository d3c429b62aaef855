/**
 * The log of a part of the broker's state: every change is a record, appended and then applied, and
 * starting is replaying them. It is the only partition of one of Kafka's internal topics.
 */

import type { PartitionLog } from '../log/partition-log.ts'
import { decodeBatches, readRecords, type RecordData } from '../record/batch-reader.ts'
import { writeBatch } from '../record/batch-writer.ts'
import type { Codecs } from '../record/compression.ts'
import { readMarker } from '../log/log-state.ts'
import type { TransactionMarker } from '../log/producer/producer-state.ts'
import { writeMarkerBatch } from '../record/control-record.ts'
import type { Clock } from '../runtime/runtime.ts'

export interface StateRecord {
  readonly key: Uint8Array | null
  /** `null` removes what the key stands for. */
  readonly value: Uint8Array | null
}

/** Who appends as a part of a transaction. */
export interface StateProducer {
  readonly producerId: number
  readonly producerEpoch: number
}

export interface StoredStateRecord extends StateRecord {
  readonly offset: number
  /** When it was appended, milliseconds since 1970. */
  readonly timestamp: number
  /** Whose transaction it is a part of; -1 for none. */
  readonly transactionOf: number
}

export interface StateLogOptions {
  readonly log: PartitionLog
  readonly clock: Clock
  /** For logs that were written by Apache Kafka, whose batches may be compressed. */
  readonly codecs?: Codecs
}

const replayBytes = 1024 * 1024

/** Returns `known`, or where there is none, one that is created for its first record. */
export function createdWhenNeeded(
  known: StateLog | undefined,
  create: () => StateLog,
): Pick<StateLog, 'append' | 'replay'> {
  let log = known
  return {
    append(records, producer) {
      log ??= create()
      return log.append(records, producer)
    },
    replay(apply, end) {
      log?.replay(apply, end)
    },
  }
}

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
   * @param producer whose transaction they are a part of: they count once that is committed
   * @returns a promise that resolves once they would survive a power failure
   * @throws LogError where nothing was appended
   */
  append(records: readonly StateRecord[], producer?: StateProducer): Promise<void> {
    if (records.length === 0) return this.#log.whenDurable(this.#log.endOffset)
    const timestamp = this.#options.clock.now()
    const batch = writeBatch(
      records.map(({ key, value }) => ({ key, value, timestamp })),
      { partitionLeaderEpoch: 0, ...producer, isTransactional: producer !== undefined },
    ) as Uint8Array
    return this.#append(batch)
  }

  /** Where it begins: at 0, unless somebody else has removed what was before. */
  get startOffset(): number {
    return this.#log.startOffset
  }

  /** Resolves once all that was appended is on the disk. @throws LogError where it never is */
  flush(): Promise<void> {
    return this.#log.flush()
  }

  /** Ends the transaction of a producer, as far as it is in this log. @throws LogError */
  appendMarker(marker: TransactionMarker): Promise<void> {
    return this.#append(writeMarkerBatch({ ...marker, timestamp: this.#options.clock.now() }))
  }

  /** Calls `apply` with every record from the start on, and `end` where a transaction ends. */
  replay(
    apply: (record: StoredStateRecord) => void,
    end?: (marker: TransactionMarker) => void,
  ): void {
    let offset = this.#log.startOffset
    while (offset < this.#log.endOffset) {
      const maxBytes = replayBytes
      const read = this.#log.read({ offset, maxBytes, minOneBatch: true, upTo: 'end' })
      for (const { header, bytes } of decodeBatches(read.records)) {
        const marker = readMarker(bytes, header)
        if (marker) end?.(marker)
        if (header.isControl) continue
        const { codecs } = this.#options
        const records = readRecords(bytes, header, codecs ? { codecs } : {}) as RecordData[]
        const transactionOf = header.isTransactional ? header.producerId : -1
        for (const record of records) apply({ ...record, transactionOf })
      }
      if (read.nextOffset <= offset) break
      offset = read.nextOffset
    }
  }

  #append(batch: Uint8Array): Promise<void> {
    const { epochs } = this.#log
    const options = { origin: 'coordinator', leaderEpoch: epochs.current } as const
    const { lastOffset } = this.#log.append(batch, options)
    return this.#log.whenDurable(lastOffset + 1)
  }
}
