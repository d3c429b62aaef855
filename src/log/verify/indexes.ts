/**
 * Holds the index files of one segment against its batches, which are shown to it one after the
 * other: each entry must lead to a batch that is there, and say of it what the batch says.
 */

import type { BatchHeader } from '../../record/batch.ts'
import type { AbortedTransaction } from '../segment/aborted-transactions.ts'
import { indexSuffix, timeIndexSuffix, transactionIndexSuffix } from '../log-files.ts'
import type { OffsetEntry } from '../segment/offset-index.ts'
import type { SegmentIndexes } from '../segment/segment-indexes.ts'
import type { TimeEntry } from '../segment/time-index.ts'

/** Tells of an entry that is wrong, in the index file of that ending. */
export type OnIndexFault = (suffix: string, offset: number, what: string) => void

/** An abort marker, and the transaction that it ended, as far as the log still has that. */
export interface SeenAbort {
  readonly producerId: number
  readonly markerOffset: number
  /** `undefined` where no batch of the transaction is left. */
  readonly firstOffset: number | undefined
}

export interface VerifiedSegment {
  readonly baseOffset: number
  /** Where the next segment begins; `undefined` for the last one, whose indexes may end early. */
  readonly nextOffset: number | undefined
}

export class IndexVerifier {
  readonly #baseOffset: number
  readonly #onFault: OnIndexFault
  readonly #isLast: boolean
  readonly #offsets: Iterator<OffsetEntry, void>
  readonly #times: Iterator<TimeEntry, void>
  readonly #aborted: Map<number, AbortedTransaction>
  #offset: OffsetEntry | undefined
  #time: TimeEntry | undefined
  #previousOffset = -1
  #previousTime = -1
  #maxTimestamp = -1

  constructor(segment: VerifiedSegment, indexes: SegmentIndexes, onFault: OnIndexFault) {
    this.#baseOffset = segment.baseOffset
    this.#isLast = segment.nextOffset === undefined
    this.#onFault = onFault
    this.#offsets = indexes.offsets.entries()
    this.#times = indexes.times.entries()
    this.#offset = this.#offsets.next().value ?? undefined
    this.#time = this.#times.next().value ?? undefined
    const { entries } = indexes.aborted
    this.#aborted = new Map(entries.map((entry) => [entry.lastOffset, entry]))
  }

  batch(header: BatchHeader, position: number, abort: SeenAbort | undefined): void {
    while (this.#offset && this.#offset.position <= position) this.#checkOffset(header, position)
    const before = this.#maxTimestamp
    this.#maxTimestamp = Math.max(before, header.maxTimestamp)
    const relativeLast = header.lastOffset - this.#baseOffset
    while (this.#time && this.#time.relativeOffset <= relativeLast) this.#checkTime(header, before)
    if (header.isControl) this.#checkAbort(header, abort)
  }

  /** To be called after the last batch. */
  end(): void {
    if (this.#offset) {
      const { relativeOffset, position } = this.#offset
      // Kafka sets room aside for the entries to come, which is zero until they do.
      if (relativeOffset !== 0 || position !== 0) this.#noBatch(this.#offset)
    }
    if (this.#time && (this.#time.timestamp !== 0 || this.#time.relativeOffset !== 0)) {
      this.#noTime(this.#time)
    }
    for (const { producerId, lastOffset } of this.#aborted.values()) {
      this.#onFault(
        transactionIndexSuffix,
        lastOffset,
        `no marker of producer ${producerId} at offset ${lastOffset}`,
      )
    }
  }

  #checkOffset(header: BatchHeader, position: number): void {
    const entry = this.#offset!
    const isPadding = entry.relativeOffset === 0 && entry.position === 0 && position > 0
    if (isPadding) return void (this.#offset = undefined)
    const offset = this.#baseOffset + entry.relativeOffset
    if (entry.position !== position || header.lastOffset !== offset) this.#noBatch(entry)
    else if (entry.relativeOffset <= this.#previousOffset) {
      this.#onFault(
        indexSuffix,
        offset,
        `index: offset ${offset} is not larger than the one before`,
      )
    }
    this.#previousOffset = entry.relativeOffset
    this.#offset = this.#offsets.next().value ?? undefined
  }

  #checkTime(header: BatchHeader, maxBefore: number): void {
    const entry = this.#time!
    const isPadding = entry.timestamp === 0 && this.#previousTime > 0
    if (isPadding) return void (this.#time = undefined)
    const offset = this.#baseOffset + entry.relativeOffset
    // Ours names the last offset of the batch; other versions of Kafka that of the record.
    const isOfBatch = offset >= header.baseOffset && header.maxTimestamp === entry.timestamp
    if (!isOfBatch) this.#noTime(entry)
    else if (entry.timestamp < maxBefore || entry.timestamp <= this.#previousTime) {
      const what = `time index: ${entry.timestamp} at offset ${offset} is not the largest so far`
      this.#onFault(timeIndexSuffix, offset, what)
    }
    this.#previousTime = entry.timestamp
    this.#time = this.#times.next().value ?? undefined
  }

  #checkAbort(header: BatchHeader, abort: SeenAbort | undefined): void {
    const entry = this.#aborted.get(header.baseOffset)
    const { producerId } = header
    if (!entry) {
      if (this.#isLast || abort?.firstOffset === undefined) return
      const transaction = `the transaction of producer ${producerId} from ${abort.firstOffset} on`
      const what = `transaction index: no entry for ${transaction}`
      return this.#onFault(transactionIndexSuffix, abort.markerOffset, what)
    }
    if (entry.producerId !== producerId || !abort) return
    this.#aborted.delete(header.baseOffset)
    const { firstOffset = entry.firstOffset } = abort
    // Compaction and retention may have removed its first batches.
    if (entry.firstOffset <= firstOffset) return
    const where = `begins at ${entry.firstOffset}, not ${firstOffset}`
    const what = `transaction index: what producer ${producerId} aborts ${where}`
    this.#onFault(transactionIndexSuffix, header.baseOffset, what)
  }

  #noBatch({ relativeOffset, position }: OffsetEntry): void {
    const offset = this.#baseOffset + relativeOffset
    this.#onFault(indexSuffix, offset, `index: no batch at ${position} ends at offset ${offset}`)
  }

  #noTime({ timestamp, relativeOffset }: TimeEntry): void {
    const offset = this.#baseOffset + relativeOffset
    this.#onFault(timeIndexSuffix, offset, `time index: no batch of ${timestamp} ends at ${offset}`)
  }
}
