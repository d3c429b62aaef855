/**
 * Checks all bytes of a log that nobody has open: every batch and its records, that offsets grow
 * across all segments, that no batch of an idempotent producer is there twice, and that the index
 * files and producer snapshots say what the log says. Changes nothing.
 */

import type { BatchHeader } from '../../record/batch.ts'
import { readRecordsSection } from '../../record/batch-reader.ts'
import { noCodecs } from '../../record/compression.ts'
import type { Codecs } from '../../record/compression.ts'
import { RecordCursor } from '../../record/record-cursor.ts'
import type { Storage, StorageFile } from '../../storage/storage.ts'
import { readWholeFile } from '../../storage/whole-file.ts'
import { faultText } from '../log-fault.ts'
import type { FaultKind, LogFault } from '../log-fault.ts'
import { logSuffix, offsetName, offsetsOf, pendingSuffix, snapshotSuffix } from '../log-files.ts'
import { decodeProducerSnapshot } from '../producer/producer-snapshot.ts'
import type { ProducerSnapshot } from '../producer/producer-snapshot.ts'
import { scanFile } from '../recovery/scan.ts'
import type { ScanStart, ScanStop } from '../recovery/scan.ts'
import { decodeIndexFiles, readIndexFiles } from '../segment/segment-indexes.ts'
import type { SegmentIndexes } from '../segment/segment-indexes.ts'
import { IndexVerifier } from './indexes.ts'
import type { VerifiedSegment } from './indexes.ts'
import { ProducerVerifier } from './producers.ts'

export interface VerifyOptions {
  readonly storage: Storage
  /** Of the partition. */
  readonly folder: string
  /** Without its codec, the records of a compressed batch are not looked at. @default noCodecs */
  readonly codecs?: Codecs
  /** `skip` checks batches by their header and checksum only. @default 'check' */
  readonly records?: 'check' | 'skip'
  /**
   * Which index files and snapshots are looked at: those that a start would trust, since it makes
   * the others again; or all. @default 'trusted'
   */
  readonly derived?: 'trusted' | 'all'
  /** Offsets below may be missing between two segments: compaction removed them. @default 0 */
  readonly compactedUpTo?: number
  /** Offsets from which a repair has given records up. @default none */
  readonly givenUp?: ReadonlySet<number>
  /** Called as bytes of segments are done. */
  readonly onProgress?: (sizeBytes: number) => void
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
  readonly faults: readonly LogFault[]
  /** The faults in words; empty where all is well. */
  readonly problems: readonly string[]
}

interface SegmentFile extends VerifiedSegment {
  readonly path: string
}

const noGivenUp: ReadonlySet<number> = new Set()

export function verifyLog(options: VerifyOptions): LogReport {
  return new LogVerifier(options).run()
}

class LogVerifier {
  readonly #options: Required<VerifyOptions>
  readonly #faults: LogFault[] = []
  readonly #producers = new ProducerVerifier()
  readonly #cursor = new RecordCursor()
  #batchCount = 0
  #recordCount = 0
  #sizeBytes = 0
  #missingOffsets = 0
  /** Whether there are offsets without records, which only compaction leaves. */
  #isCompacted = false
  #firstOffset: number | undefined
  #endOffset = 0

  constructor(options: VerifyOptions) {
    this.#options = {
      codecs: noCodecs,
      records: 'check',
      derived: 'trusted',
      compactedUpTo: 0,
      givenUp: noGivenUp,
      onProgress: () => {},
      ...options,
    }
  }

  run(): LogReport {
    const { storage, folder } = this.#options
    const names = storage.list(folder)
    const files = [logSuffix, pendingSuffix].flatMap((suffix) =>
      offsetsOf(names, suffix).map((offset) => ({ offset, name: offsetName(offset) + suffix })),
    )
    files.sort((left, right) => left.offset - right.offset)
    files.forEach(({ offset, name }, at) => {
      const nextOffset = files[at + 1]?.offset
      this.#verifySegment({ path: `${folder}/${name}`, baseOffset: offset, nextOffset })
    })
    return {
      segmentCount: files.length,
      batchCount: this.#batchCount,
      recordCount: this.#recordCount,
      sizeBytes: this.#sizeBytes,
      firstOffset: this.#firstOffset,
      endOffset: this.#endOffset,
      missingOffsets: this.#missingOffsets,
      faults: this.#faults,
      problems: this.#faults.map(faultText),
    }
  }

  #verifySegment(segment: SegmentFile): void {
    const { path, baseOffset } = segment
    this.#verifyStart(segment)
    this.#endOffset = Math.max(this.#endOffset, baseOffset)
    const indexes = this.#indexesOf(segment)
    const verifier =
      indexes &&
      new IndexVerifier(segment, indexes, (suffix, offset, what) =>
        this.#fault('index', { file: this.#pathOf(baseOffset) + suffix, offset, what }),
      )
    const file = this.#options.storage.open(path)
    try {
      this.#sizeBytes += file.sizeBytes
      this.#verifyBatches(file, segment, verifier)
    } finally {
      file.close()
    }
    verifier?.end()
  }

  /** Looks at where a segment begins, and at the snapshot of that place. */
  #verifyStart({ path: file, baseOffset: offset }: SegmentFile): void {
    if (offset < this.#endOffset) {
      this.#fault('offset-order', { file, offset, what: `begins before ${this.#endOffset}` })
    } else if (this.#firstOffset !== undefined && offset > this.#endOffset) {
      const { compactedUpTo, givenUp } = this.#options
      const what = `begins at ${offset}, the one before ends at ${this.#endOffset}`
      const isExplained =
        this.#isCompacted || offset <= compactedUpTo || givenUp.has(this.#endOffset)
      if (!isExplained) this.#fault('missing-offsets', { file, offset: this.#endOffset, what })
    }
    if (this.#options.derived !== 'all') return
    const snapshot = this.#snapshotAt(offset)
    const { givenUp } = this.#options
    const what =
      snapshot && this.#producers.compare(snapshot, { isCompacted: this.#isCompacted, givenUp })
    if (what === undefined) return
    this.#fault('snapshot', { file: this.#pathOf(offset) + snapshotSuffix, offset, what })
  }

  #verifyBatches(file: StorageFile, segment: SegmentFile, indexes?: IndexVerifier): void {
    const { baseOffset, path } = segment
    const { records, onProgress } = this.#options
    let isAfterFault = false
    const onBatch = (header: BatchHeader, position: number, bytes: Uint8Array): void => {
      const gap = Math.max(0, header.baseOffset - this.#endOffset)
      this.#missingOffsets += gap
      const isThinned = header.recordCount <= header.lastOffsetDelta
      if (isThinned || (gap > 0 && !isAfterFault)) this.#isCompacted = true
      isAfterFault = false
      this.#batchCount++
      this.#recordCount += header.recordCount
      this.#firstOffset ??= header.baseOffset
      this.#endOffset = Math.max(this.#endOffset, header.lastOffset + 1)
      const abort = this.#verifyProducer({ path, position, header, bytes })
      if (records === 'check') this.#verifyRecords({ path, position, header, bytes })
      indexes?.batch(header, position, abort)
      onProgress(header.sizeBytes)
    }
    let from: ScanStart | undefined
    for (;;) {
      const start = from ? { from } : {}
      const stop = scanFile(file, { baseOffset, offsets: 'increasing', onBatch, ...start })
      if (!stop) return
      this.#stopped(stop, segment)
      isAfterFault = true
      const next = afterStop(stop, { from, endOffset: this.#endOffset, baseOffset })
      if (!next) return
      from = next
    }
  }

  #stopped({ position, reason, validPosition }: ScanStop, segment: SegmentFile): void {
    const isTail = validPosition === undefined && segment.nextOffset === undefined
    const kind =
      validPosition === position ? 'offset-order' : isTail ? 'torn-tail' : 'damaged-batch'
    const rest = validPosition === undefined ? '' : `, byte ${validPosition} is valid`
    const what = `${reason}${rest}`
    this.#fault(kind, { file: segment.path, position, offset: this.#endOffset, what })
  }

  #verifyProducer({ path, position, header, bytes }: PlacedBytes) {
    if (header.isControl) {
      try {
        return this.#producers.control(bytes, header)
      } catch (error) {
        const what = (error as Error).message
        const offset = header.baseOffset
        this.#fault('damaged-records', { file: path, position, offset, what })
        return undefined
      }
    }
    const what = this.#producers.data(header)
    const offset = header.baseOffset
    if (what !== undefined) {
      this.#fault('repeated-sequence', { file: path, position, offset, what })
    }
    return undefined
  }

  #verifyRecords({ path, position, header, bytes }: PlacedBytes): void {
    const { codecs } = this.#options
    if (header.compression !== 'none' && !codecs[header.compression]) return
    const fault = (what: string): void => {
      this.#fault('damaged-records', { file: path, position, offset: header.baseOffset, what })
    }
    try {
      const section = readRecordsSection(bytes, header, { codecs })
      // An asynchronous codec cannot be waited for here.
      if (!(section instanceof Uint8Array)) return void section.catch(() => {})
      const cursor = this.#cursor
      cursor.reset(section, header)
      let previous = -1
      while (cursor.next()) {
        const offset = header.baseOffset + cursor.offsetDelta
        if (cursor.offsetDelta <= previous) fault(`offset ${offset} repeats`)
        previous = cursor.offsetDelta
      }
    } catch (error) {
      fault((error as Error).message)
    }
  }

  /** Returns the indexes to look at, or nothing for those that a start would make again. */
  #indexesOf({ baseOffset, nextOffset }: SegmentFile): SegmentIndexes | undefined {
    const { storage, derived } = this.#options
    const path = this.#pathOf(baseOffset)
    if (derived === 'all') {
      return decodeIndexFiles(storage, path, (file, what) => {
        this.#fault('index', { file, offset: baseOffset, what })
      })
    }
    if (nextOffset === undefined) return undefined
    const checksums = this.#snapshotAt(nextOffset)?.own?.checksums
    return checksums && readIndexFiles(storage, path, { sizeBytes: 0, checksums })
  }

  #snapshotAt(offset: number): ProducerSnapshot | undefined {
    const bytes = readWholeFile(this.#options.storage, this.#pathOf(offset) + snapshotSuffix)
    return bytes && decodeProducerSnapshot(bytes)
  }

  #pathOf(offset: number): string {
    return `${this.#options.folder}/${offsetName(offset)}`
  }

  #fault(kind: FaultKind, fault: Omit<LogFault, 'kind'>): void {
    this.#faults.push({ kind, ...fault })
  }
}

interface PlacedBytes {
  readonly path: string
  readonly position: number
  readonly header: BatchHeader
  readonly bytes: Uint8Array
}

/** Returns where to go on after a fault; `undefined` where that leads nowhere. */
function afterStop(
  { position, validPosition }: ScanStop,
  state: {
    readonly from: ScanStart | undefined
    readonly endOffset: number
    readonly baseOffset: number
  },
): ScanStart | undefined {
  if (validPosition === undefined) return undefined
  if (validPosition > position) return { position: validPosition, offset: state.endOffset }
  // Its offset is wrong, and it is whole: what follows may be in order from there on.
  const wasTried = state.from?.position === position && state.from.offset === state.baseOffset
  return wasTried ? undefined : { position, offset: state.baseOffset }
}
