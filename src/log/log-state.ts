/**
 * What follows from the batches of a log: the state of its producers, its leader epochs and the
 * indexes of its segments. Appending, recovering and rebuilding all go through `applyBatch`.
 */

import type { BatchHeader } from '../record/batch.ts'
import { readRecords } from '../record/batch-reader.ts'
import type { RecordData } from '../record/batch-reader.ts'
import { readControlRecordKey, readEndTransactionMarker } from '../record/control-record.ts'
import type { Storage } from '../storage/storage.ts'
import { readWholeFile, writeDerivedFile } from '../storage/whole-file.ts'
import type { LeaderEpochs } from './leader-epochs.ts'
import { offsetName, snapshotSuffix } from './log-files.ts'
import { decodeProducerSnapshot, encodeProducerSnapshot } from './producer/producer-snapshot.ts'
import type { ProducerSnapshot } from './producer/producer-snapshot.ts'
import type { ProducerStates } from './producer/producer-state.ts'
import type { TransactionMarker } from './producer/producer-state.ts'
import type { Segment } from './segment/segment.ts'
import { writeIndexFiles } from './segment/segment-indexes.ts'

export interface LogState {
  readonly producers: ProducerStates
  readonly epochs: LeaderEpochs
}

/** Where a log ends, and what is known there. */
export interface LogEnd extends LogState {
  readonly endOffset: number
}

/** A batch that is in a segment. */
export interface PlacedBatch {
  readonly segment: Segment
  /** In the segment's file. */
  readonly position: number
  readonly header: BatchHeader
  /** As in the file; a client's header may say something else. */
  readonly baseOffset: number
  readonly leaderEpoch: number
  readonly maxTimestamp: number
  /** What the batch says where it is a transaction marker. */
  readonly marker: TransactionMarker | undefined
}

export interface ApplySettings {
  readonly indexIntervalBytes: number
  readonly nowMs: number
}

/** Notes a batch that is in the segment's file by now. The segment's indexes must be loaded. */
export function applyBatch(state: LogState, batch: PlacedBatch, settings: ApplySettings): void {
  const { header, segment, baseOffset, marker } = batch
  const indexes = segment.indexes
  indexes.add(
    {
      relativeOffset: baseOffset + header.lastOffsetDelta - segment.baseOffset,
      position: batch.position,
      sizeBytes: header.sizeBytes,
      maxTimestamp: batch.maxTimestamp,
    },
    settings.indexIntervalBytes,
  )
  state.epochs.assign(batch.leaderEpoch, baseOffset)
  if (header.producerId < 0) return
  if (marker) {
    const ended = state.producers.ended(marker, baseOffset, settings.nowMs)
    if (ended?.result === 'abort') indexes.aborted.add(ended.transaction)
  } else if (!header.isControl) {
    state.producers.appended(header, baseOffset, settings.nowMs)
  }
}

/** Returns the transaction marker that a control batch is; it may be something else. */
export function readMarker(batch: Uint8Array, header: BatchHeader): TransactionMarker | undefined {
  if (!header.isControl) return undefined
  // Only a codec makes it a promise, and control batches are never compressed.
  const [record] = readRecords(batch, header) as RecordData[]
  const result = record && readControlRecordKey(record.key).type
  if (!record || !result) return undefined
  const { coordinatorEpoch } = readEndTransactionMarker(record.value)
  const { producerId, producerEpoch } = header
  return { producerId, producerEpoch, coordinatorEpoch, result }
}

/** Writes what can be made again from a segment that ends at `endOffset`, so that it need not. */
export function writeDerivedFiles(storage: Storage, segment: Segment, end: LogEnd): void {
  segment.indexes.finish()
  const checksums = writeIndexFiles(storage, segment.path, segment.indexes)
  const epochs = end.epochs.entries
  const snapshot = encodeProducerSnapshot(end.producers.producers, { epochs, checksums })
  writeDerivedFile(storage, snapshotPath(segment, end.endOffset), snapshot)
}

/** Returns the snapshot at `offset` in the folder of `segment`; `undefined` without a good one. */
export function readSnapshot(
  storage: Storage,
  segment: Segment,
  offset: number,
): ProducerSnapshot | undefined {
  const bytes = readWholeFile(storage, snapshotPath(segment, offset))
  return bytes && decodeProducerSnapshot(bytes)
}

export function snapshotPath(segment: Segment, offset: number): string {
  const folder = segment.path.slice(0, segment.path.lastIndexOf('/'))
  return `${folder}/${offsetName(offset)}${snapshotSuffix}`
}
