/**
 * Checks all bytes of a log that nobody has open: every batch and its records, that offsets grow
 * across all segments, that no batch of an idempotent producer is there twice, and that the index
 * files say what the log says. Changes nothing.
 */

import type { BatchHeader } from '../record/batch.ts'
import { RecordReader, readRecordsSection } from '../record/batch-reader.ts'
import { noCodecs } from '../record/compression.ts'
import type { Codecs } from '../record/compression.ts'
import type { Storage, StorageFile } from '../storage/storage.ts'
import { readWholeFile } from '../storage/whole-file.ts'
import { logSuffix, offsetName, offsetsOf, pendingSuffix, snapshotSuffix } from './log-files.ts'
import { decodeProducerSnapshot } from './producer-snapshot.ts'
import { scanFile } from './scan.ts'
import type { ScanOptions } from './scan.ts'
import { readIndexFiles } from './segment-indexes.ts'

export interface VerifyOptions {
  readonly storage: Storage
  /** Of the partition. */
  readonly folder: string
  /** Without its codec, the records of a compressed batch are not looked at. @default noCodecs */
  readonly codecs?: Codecs
}

export interface LogReport {
  readonly segmentCount: number
  readonly batchCount: number
  readonly recordCount: number
  readonly sizeBytes: number
  /** The first offset that is there; `undefined` in a log without batches. */
  readonly firstOffset: number | undefined
  /** The offset after the last record. */
  readonly endOffset: number
  /** Offsets that no batch has, between two that are there: compaction removed them. */
  readonly missingOffsets: number
  /** What is wrong, in words; empty where all is well. */
  readonly problems: readonly string[]
}

/** What is known of one segment after its batches were read. */
interface SegmentFacts {
  readonly baseOffset: number
  /** Last offsets of batches by their position. */
  readonly lastOffsets: Map<number, number>
  /** Largest timestamps by the last offset of their batch. */
  readonly timestamps: Map<number, number>
  /** Offsets of batches with a transaction marker, and who it is of. */
  readonly markers: Map<number, number>
}

export function verifyLog(options: VerifyOptions): LogReport {
  return new LogVerifier(options).run()
}

class LogVerifier {
  readonly #options: Required<VerifyOptions>
  readonly #problems: string[] = []
  /** By producer id: its epoch and the last sequence. */
  readonly #sequences = new Map<number, { epoch: number; last: number }>()
  #batchCount = 0
  #recordCount = 0
  #sizeBytes = 0
  #missingOffsets = 0
  #firstOffset: number | undefined
  #endOffset = 0

  constructor(options: VerifyOptions) {
    this.#options = { codecs: noCodecs, ...options }
  }

  run(): LogReport {
    const { storage, folder } = this.#options
    const names = storage.list(folder)
    const files = [logSuffix, pendingSuffix].flatMap((suffix) =>
      offsetsOf(names, suffix).map((offset) => ({ offset, name: offsetName(offset) + suffix })),
    )
    files.sort((left, right) => left.offset - right.offset)
    files.forEach(({ offset, name }, at) => {
      this.#verifySegment(`${folder}/${name}`, offset, files[at + 1]?.offset)
    })
    return {
      segmentCount: files.length,
      batchCount: this.#batchCount,
      recordCount: this.#recordCount,
      sizeBytes: this.#sizeBytes,
      firstOffset: this.#firstOffset,
      endOffset: this.#endOffset,
      missingOffsets: this.#missingOffsets,
      problems: this.#problems,
    }
  }

  #verifySegment(path: string, baseOffset: number, nextOffset: number | undefined): void {
    if (baseOffset < this.#endOffset) this.#problem(path, `begins before ${this.#endOffset}`)
    else if (this.#firstOffset !== undefined && baseOffset > this.#endOffset) {
      this.#problem(path, `begins at ${baseOffset}, the one before ends at ${this.#endOffset}`)
    }
    this.#endOffset = Math.max(this.#endOffset, baseOffset)
    const facts: SegmentFacts = {
      baseOffset,
      lastOffsets: new Map(),
      timestamps: new Map(),
      markers: new Map(),
    }
    const file = this.#options.storage.open(path)
    try {
      this.#verifyBatches(file, path, facts)
    } finally {
      file.close()
    }
    if (nextOffset !== undefined) this.#verifyIndexes(path, facts, nextOffset)
  }

  #verifyBatches(file: StorageFile, path: string, facts: SegmentFacts): void {
    this.#sizeBytes += file.sizeBytes
    const { baseOffset } = facts
    const onBatch: ScanOptions['onBatch'] = (header, position, bytes) => {
      this.#missingOffsets += header.baseOffset - this.#endOffset
      this.#batchCount++
      this.#recordCount += header.recordCount
      this.#firstOffset ??= header.baseOffset
      this.#endOffset = header.lastOffset + 1
      facts.lastOffsets.set(position, header.lastOffset)
      facts.timestamps.set(header.lastOffset, header.maxTimestamp)
      if (header.isControl) facts.markers.set(header.baseOffset, header.producerId)
      this.#verifySequence(path, header)
      this.#verifyRecords(`${path} at byte ${position}`, bytes, header)
    }
    const stop = scanFile(file, { baseOffset, offsets: 'increasing', onBatch })
    if (!stop) return
    const rest = stop.validPosition === undefined ? '' : `, byte ${stop.validPosition} is valid`
    this.#problem(`${path} at byte ${stop.position}`, `${stop.reason}${rest}`)
  }

  #verifySequence(path: string, header: BatchHeader): void {
    if (header.producerId < 0 || header.isControl || header.baseSequence < 0) return
    const before = this.#sequences.get(header.producerId)
    const last = (header.baseSequence + header.lastOffsetDelta) & 0x7fff_ffff
    this.#sequences.set(header.producerId, { epoch: header.producerEpoch, last })
    if (!before || before.epoch !== header.producerEpoch) return
    const hasWrapped = before.last - header.baseSequence > 2 ** 30
    if (header.baseSequence > before.last || hasWrapped) return
    const what = `producer ${header.producerId} has sequence ${header.baseSequence}`
    this.#problem(path, `${what} at offset ${header.baseOffset}, after ${before.last}`)
  }

  #verifyRecords(where: string, bytes: Uint8Array, header: BatchHeader): void {
    const { codecs } = this.#options
    if (header.compression !== 'none' && !codecs[header.compression]) return
    try {
      const section = readRecordsSection(bytes, header, { codecs })
      // An asynchronous codec cannot be waited for here.
      if (!(section instanceof Uint8Array)) return void section.catch(() => {})
      const reader = new RecordReader(section, header)
      let previous = -1
      for (let record = reader.next(); record; record = reader.next()) {
        if (record.offset <= previous) this.#problem(where, `offset ${record.offset} repeats`)
        previous = record.offset
      }
    } catch (error) {
      this.#problem(where, (error as Error).message)
    }
  }

  /** Looks at index files that the log would trust; others it makes again when it needs them. */
  #verifyIndexes(logPath: string, facts: SegmentFacts, endOffset: number): void {
    const { storage, folder } = this.#options
    const path = `${folder}/${offsetName(facts.baseOffset)}`
    const snapshot = readWholeFile(storage, `${folder}/${offsetName(endOffset)}${snapshotSuffix}`)
    const checksums = snapshot && decodeProducerSnapshot(snapshot)?.own?.checksums
    const indexes = checksums && readIndexFiles(storage, path, { sizeBytes: 0, checksums })
    if (!indexes) return
    for (const entry of indexes.offsets.entries()) {
      const offset = facts.baseOffset + entry.relativeOffset
      if (facts.lastOffsets.get(entry.position) === offset) continue
      this.#problem(logPath, `index: no batch at ${entry.position} ends at offset ${offset}`)
    }
    for (const entry of indexes.times.entries()) {
      const offset = facts.baseOffset + entry.relativeOffset
      if (facts.timestamps.get(offset) === entry.timestamp) continue
      this.#problem(logPath, `time index: no batch of ${entry.timestamp} ends at ${offset}`)
    }
    for (const { producerId, lastOffset } of indexes.aborted.entries) {
      if (facts.markers.get(lastOffset) === producerId) continue
      this.#problem(logPath, `no marker of producer ${producerId} at offset ${lastOffset}`)
    }
  }

  #problem(where: string, what: string): void {
    this.#problems.push(`${where}: ${what}`)
  }
}
