/** Logs and batches for tests, with as little to say as possible. */

import { batchHeaderBytes } from '../../src/record/batch.ts'
import { decodeBatches, readRecords } from '../../src/record/batch-reader.ts'
import type { RecordData } from '../../src/record/batch-reader.ts'
import { writeBatch } from '../../src/record/batch-writer.ts'
import type { BatchWriterOptions, FinishOptions } from '../../src/record/batch-writer.ts'
import { resolveLogConfig } from '../../src/log/log-config.ts'
import type { LogConfig } from '../../src/log/log-config.ts'
import { PartitionLog } from '../../src/log/partition-log.ts'
import type { PartitionLogOptions } from '../../src/log/partition-log-options.ts'
import { silentLogger } from '../../src/runtime/runtime.ts'
import type { Clock } from '../../src/runtime/runtime.ts'
import type { Storage } from '../../src/storage/storage.ts'

/** The time at which tests take place. */
export const testNowMs = 1_700_000_000_000

export interface TestClock extends Clock {
  nowMs: number
}

/** A clock that stands still until a test moves it; without timers. */
export function testClock(nowMs = testNowMs): TestClock {
  return {
    nowMs,
    now() {
      return this.nowMs
    },
    monotonic() {
      return this.nowMs
    },
    after() {
      throw new Error('a log sets no timers')
    },
  }
}

/** Small enough that a few records fill segments and index entries. */
export const smallSegments: LogConfig = {
  ...resolveLogConfig(),
  segmentBytes: 600,
  indexIntervalBytes: 150,
}

export const testFolder = 'orders-0'

export type TestLogOptions = Partial<PartitionLogOptions> & { readonly storage: Storage }

export function openTestLog(options: TestLogOptions): PartitionLog {
  return PartitionLog.open({
    folder: testFolder,
    config: smallSegments,
    clock: testClock(),
    logger: silentLogger,
    flush: 'ack',
    wasCleanShutdown: false,
    onFailure: (error) => {
      throw error
    },
    ...options,
  })
}

/** What a test says of a batch. */
export type TestBatch = FinishOptions &
  BatchWriterOptions & {
    /** One record for each. @default ['value'] */
    readonly values?: readonly string[]
    /** Of the first record; each further one is a millisecond later. @default testNowMs */
    readonly timestamp?: number
  }

export function testBatch(options: TestBatch = {}): Uint8Array {
  const { values = ['value'], timestamp = testNowMs, ...rest } = options
  const records = values.map((value, at) => ({ key: null, value, timestamp: timestamp + at }))
  // A promise only with an asynchronous codec.
  return writeBatch(records, rest) as Uint8Array
}

/** Returns several batches back to back. */
export function joinBatches(...batches: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(batches)
}

/** Appends one batch of a client. */
export function append(
  log: PartitionLog,
  batch: TestBatch = {},
): ReturnType<PartitionLog['append']> {
  return log.append(testBatch(batch), { origin: 'client', leaderEpoch: 0 })
}

export interface TestRecord {
  readonly offset: number
  readonly timestamp: number
  readonly value: string
}

/** Reads all records that are there, control records left out. */
export function readAll(
  log: PartitionLog,
  { from = log.startOffset, upTo = 'end', maxBytes = 500 }: Partial<ReadAllOptions> = {},
): TestRecord[] {
  const found: TestRecord[] = []
  let offset = from
  for (;;) {
    const read = log.read({ offset, maxBytes, minOneBatch: true, upTo })
    if (read.records.length < batchHeaderBytes) return found
    for (const { header, bytes } of decodeBatches(read.records)) {
      if (header.isControl) continue
      for (const record of readRecords(bytes, header) as RecordData[]) {
        if (record.offset >= from) found.push(textOf(record))
      }
    }
    offset = read.nextOffset
  }
}

interface ReadAllOptions {
  readonly from: number
  readonly upTo: 'highWatermark' | 'lastStable' | 'end'
  readonly maxBytes: number
}

function textOf({ offset, timestamp, value }: RecordData): TestRecord {
  return { offset, timestamp, value: Buffer.from(value ?? []).toString() }
}
