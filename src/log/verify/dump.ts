/**
 * Any file of a log as rows, for people and programs to look at. Damaged files give what can be
 * read of them, and a row that says where that ends.
 */

import type { Codecs } from '../../record/compression.ts'
import { readRecordsSection, recordAt } from '../../record/batch-reader.ts'
import type { RecordData } from '../../record/batch-reader.ts'
import type { BatchHeader } from '../../record/batch.ts'
import { readControlRecordKey, readEndTransactionMarker } from '../../record/control-record.ts'
import { RecordCursor } from '../../record/record-cursor.ts'
import type { Storage } from '../../storage/storage.ts'
import { readWholeFile } from '../../storage/whole-file.ts'
import { AbortedTransactions } from '../segment/aborted-transactions.ts'
import {
  indexSuffix,
  snapshotSuffix,
  timeIndexSuffix,
  transactionIndexSuffix,
} from '../log-files.ts'
import { OffsetIndex } from '../segment/offset-index.ts'
import { decodeProducerSnapshot } from '../producer/producer-snapshot.ts'
import { scanFile } from '../recovery/scan.ts'
import { TimeIndex } from '../segment/time-index.ts'

export type DumpValue = string | number | boolean | null
export type DumpRow = Readonly<Record<string, DumpValue>>

export interface DumpOptions {
  readonly storage: Storage
  readonly codecs: Codecs
  /** `show` calls `onRecord` for the records of each batch, after the row of the batch. */
  readonly records: 'show' | 'skip'
  readonly onRow: (row: DumpRow) => void
  readonly onRecord: (record: RecordData, header: BatchHeader) => void
}

/** Whether something of that name holds batches: segments, and what becomes of them. */
const batchFile = /^(\d{20})(-\d{10}\.checkpoint|\.log(\.\w+)*|\.quarantine-[\d-]+)$/

/** Shows the file at `path`. Returns whether all of it could be read. */
export function dumpFile(path: string, options: DumpOptions): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1)
  if (batchFile.test(name)) return dumpBatches(path, options)
  const bytes = readWholeFile(options.storage, path) ?? new Uint8Array(0)
  // What a deletion or compaction has left is of the kind that it was.
  const kind = /\.(index|timeindex|txnindex|snapshot)(\.deleted|\.cleaned|\.swap)?$/.exec(name)?.[1]
  const baseOffset = Number(/^\d{20}/.exec(name)?.[0] ?? 0)
  if (kind === undefined) return dumpLines(bytes, options)
  const dump = dumpsByKind[`.${kind}`]!
  return dump({ bytes, baseOffset, onRow: options.onRow })
}

interface WholeFile {
  readonly bytes: Uint8Array
  readonly baseOffset: number
  readonly onRow: (row: DumpRow) => void
}

const dumpsByKind: Readonly<Record<string, (file: WholeFile) => boolean>> = {
  [indexSuffix]({ bytes, baseOffset, onRow }) {
    for (const { relativeOffset, position } of OffsetIndex.decode(bytes).entries()) {
      onRow({ offset: baseOffset + relativeOffset, position })
    }
    return bytes.length % 8 === 0
  },
  [timeIndexSuffix]({ bytes, baseOffset, onRow }) {
    for (const { relativeOffset, timestamp } of TimeIndex.decode(bytes).entries()) {
      onRow({ timestamp, offset: baseOffset + relativeOffset })
    }
    return bytes.length % 12 === 0
  },
  [transactionIndexSuffix]({ bytes, onRow }) {
    for (const entry of AbortedTransactions.decode(bytes).entries) onRow({ ...entry })
    return bytes.length % 34 === 0
  },
  [snapshotSuffix]({ bytes, onRow }) {
    const snapshot = decodeProducerSnapshot(bytes)
    if (!snapshot) onRow({ fault: `its ${bytes.length} bytes do not fit its checksum` })
    for (const [producerId, producer] of snapshot?.producers ?? []) {
      const last = producer.batches.at(-1)
      onRow({
        producerId,
        producerEpoch: producer.epoch,
        coordinatorEpoch: producer.coordinatorEpoch,
        transactionFirstOffset: producer.transactionFirstOffset,
        firstSequence: producer.batches[0]?.firstSequence ?? -1,
        lastSequence: last?.lastSequence ?? -1,
        lastOffset: last?.lastOffset ?? -1,
        lastTimestamp: last?.timestamp ?? -1,
        batches: producer.batches.length,
      })
    }
    for (const { epoch, startOffset } of snapshot?.own?.epochs ?? []) {
      onRow({ leaderEpoch: epoch, startOffset })
    }
    return snapshot !== undefined
  },
}

/** Checkpoints and metadata are text. */
function dumpLines(bytes: Uint8Array, { onRow }: DumpOptions): boolean {
  const lines = new TextDecoder().decode(bytes).split('\n')
  if (lines.at(-1) === '') lines.pop()
  for (const line of lines) onRow({ line })
  return true
}

function dumpBatches(path: string, options: DumpOptions): boolean {
  const { storage, onRow } = options
  const file = storage.open(path)
  const baseOffset = Number(/(\d{20})[^/]*$/.exec(path)![1])
  let from: { readonly position: number; readonly offset: number } | undefined
  let isWhole = true
  try {
    for (;;) {
      const stop = scanFile(file, {
        baseOffset,
        offsets: 'increasing',
        ...(from ? { from } : {}),
        onBatch(header, position, bytes) {
          onRow(batchRow(header, position))
          if (options.records === 'show') isWhole = dumpRecords(bytes, header, options) && isWhole
        },
      })
      if (!stop) return isWhole
      isWhole = false
      onRow({ position: stop.position, fault: stop.reason })
      const next = stop.validPosition
      const wasTried = next === from?.position && from?.offset === baseOffset
      if (next === undefined || wasTried) return false
      from = { position: next, offset: baseOffset }
    }
  } finally {
    file.close()
  }
}

function batchRow(header: BatchHeader, position: number): DumpRow {
  return {
    baseOffset: header.baseOffset,
    lastOffset: header.lastOffset,
    records: header.recordCount,
    position,
    size: header.sizeBytes,
    timestampType: header.timestampType,
    baseTimestamp: header.baseTimestamp,
    maxTimestamp: header.maxTimestamp,
    compression: header.compression,
    leaderEpoch: header.partitionLeaderEpoch,
    producerId: header.producerId,
    producerEpoch: header.producerEpoch,
    baseSequence: header.baseSequence,
    transactional: header.isTransactional,
    control: header.isControl,
    crc: header.crc,
  }
}

/** Returns whether the records could be read. */
function dumpRecords(bytes: Uint8Array, header: BatchHeader, options: DumpOptions): boolean {
  try {
    const section = readRecordsSection(bytes, header, { codecs: options.codecs })
    if (!(section instanceof Uint8Array)) throw new Error('its codec is asynchronous')
    const cursor = new RecordCursor()
    cursor.reset(section, header)
    while (cursor.next()) {
      const record = recordAt(cursor, section)
      if (!header.isControl) options.onRecord(record, header)
      else options.onRow(controlRow(record))
    }
    return true
  } catch (error) {
    options.onRow({ baseOffset: header.baseOffset, fault: (error as Error).message })
    return false
  }
}

function controlRow({ offset, timestamp, key, value }: RecordData): DumpRow {
  const { type } = readControlRecordKey(key)
  if (type === undefined) return { offset, timestamp, marker: 'unknown' }
  const { coordinatorEpoch } = readEndTransactionMarker(value)
  return { offset, timestamp, marker: type, coordinatorEpoch }
}
