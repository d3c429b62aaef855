/**
 * Says what is left of a batch after compaction:
 *
 * - A record that this round has not looked at stays.
 * - A record goes that a later one of its key has replaced, and one without a key.
 * - A record of an aborted transaction goes.
 * - A tombstone (no value) stays at first: its batch gets a delete horizon, `delete.retention.ms`
 *   from now, for consumers that are behind. After that it goes (KIP-534).
 * - A transaction marker goes in the same way once its data is gone.
 * - A batch without records goes, unless it is the last of its producer or of the segment: their
 *   bookkeeping needs its header.
 *
 * Offsets never change. Base offset, last offset and sequence of a batch stay as they were, and a
 * batch that loses nothing stays byte for byte.
 */

import * as batchAttributes from '../../record/batch-attributes.ts'
import { InvalidBatchError, batchHeaderBytes } from '../../record/batch.ts'
import type { BatchHeader } from '../../record/batch.ts'
import { readRecordsSection } from '../../record/batch-reader.ts'
import type { Codecs } from '../../record/compression.ts'
import { RecordCursor } from '../../record/record-cursor.ts'
import type { AbortedTransaction } from '../segment/aborted-transactions.ts'
import { BatchRewriter } from './rewriter.ts'
import type { KeyOffsets } from './keys.ts'
import type { LastOfProducer } from './producers.ts'
import type { CompactedTransactions } from './transactions.ts'
import { readMarker } from '../log-state.ts'

export interface FilterRules {
  /** The latest offset of each key below `mappedOffset`. */
  readonly keys: KeyOffsets
  /** Records from this offset on are left alone. */
  readonly mappedOffset: number
  readonly nowMs: number
  readonly deleteRetentionMs: number
  readonly codecs: Codecs
  readonly transactions: CompactedTransactions
  /** What the log knows of its producers at its end. */
  readonly producers: ReadonlyMap<number, LastOfProducer>
}

export interface FilteredBatch {
  /** What to write; `undefined` where the batch goes. Valid until the next batch is filtered. */
  readonly bytes: Uint8Array | undefined
  /** What the transaction index of the new segment has to say of it. */
  readonly aborted?: AbortedTransaction | undefined
}

/** What a batch is looked at with. */
interface Verdict {
  /** Whether nothing of it may stay. */
  readonly isDiscarded: boolean
  /** Whether its header stays when its records are gone. */
  readonly isHeaderKept: boolean
}

export class BatchFilter {
  readonly #rules: FilterRules
  readonly #cursor = new RecordCursor()
  readonly #rewriter: BatchRewriter
  /** Of each record of the current batch: 1 where it stays. */
  #kept = new Uint8Array(1024)

  constructor(rules: FilterRules) {
    this.#rules = rules
    this.#rewriter = new BatchRewriter(this.#cursor, rules.codecs)
  }

  /**
   * Returns what is left of the batch in `bytes`; a promise only where its codec gives one.
   *
   * @throws InvalidBatchError where its records are damaged
   */
  filter(
    header: BatchHeader,
    bytes: Uint8Array,
    { isLast }: { readonly isLast: boolean },
  ): FilteredBatch | Promise<FilteredBatch> {
    const isHeaderKept = isLast || this.#isLastOfProducer(header)
    if (header.isControl) return this.#filterMarker(header, bytes, isHeaderKept)

    const isDiscarded = this.#rules.transactions.onData(header)
    const verdict = { isDiscarded, isHeaderKept }
    if (isDiscarded || header.recordCount === 0) return this.#emptied(header, bytes, verdict)
    if (header.baseOffset >= this.#rules.mappedOffset) return { bytes }
    const section = readSection(bytes, header, this.#rules)
    if (section === undefined) return { bytes }
    return section instanceof Uint8Array
      ? this.#filterRecords(header, bytes, { section, verdict })
      : section.then((records) => this.#filterRecords(header, bytes, { section: records, verdict }))
  }

  #filterMarker(header: BatchHeader, bytes: Uint8Array, isHeaderKept: boolean): FilteredBatch {
    const { transactions, nowMs, deleteRetentionMs } = this.#rules
    const result = readMarker(bytes, header)?.result
    const { isOrphan, aborted } = transactions.onMarker(header, result)
    const horizonMs = deleteHorizonOf(header)
    const isDiscarded = isOrphan && horizonMs !== undefined && horizonMs <= nowMs
    if (isDiscarded || header.recordCount === 0) {
      return this.#emptied(header, bytes, { isDiscarded, isHeaderKept })
    }
    if (!isOrphan || horizonMs !== undefined) return { bytes, aborted }
    const section = bytes.subarray(batchHeaderBytes)
    this.#kept[0] = 1
    const newHorizonMs = nowMs + deleteRetentionMs
    const source = { header, bytes, section, kept: this.#kept, keptCount: header.recordCount }
    // Markers are never compressed, so that there is nothing to wait for.
    return { bytes: this.#rewriter.rewrite({ ...source, newHorizonMs }) as Uint8Array }
  }

  #filterRecords(
    header: BatchHeader,
    bytes: Uint8Array,
    { section, verdict }: { readonly section: Uint8Array; readonly verdict: Verdict },
  ): FilteredBatch | Promise<FilteredBatch> {
    const { nowMs, deleteRetentionMs } = this.#rules
    const { keptCount, hasTombstone } = this.#choose(header, section)
    if (keptCount === 0) return this.#emptied(header, bytes, verdict)
    const needsHorizon = hasTombstone && deleteHorizonOf(header) === undefined
    if (keptCount === header.recordCount && !needsHorizon) return { bytes }
    const newHorizonMs = needsHorizon ? nowMs + deleteRetentionMs : undefined
    const source = { header, bytes, section, kept: this.#kept, keptCount, newHorizonMs }
    const rewritten = this.#rewriter.rewrite(source)
    return rewritten instanceof Uint8Array
      ? { bytes: rewritten }
      : rewritten.then((batch) => ({ bytes: batch }))
  }

  /** Marks the records that stay. */
  #choose(
    header: BatchHeader,
    section: Uint8Array,
  ): { readonly keptCount: number; readonly hasTombstone: boolean } {
    const { keys, mappedOffset, nowMs } = this.#rules
    const horizonMs = deleteHorizonOf(header)
    const areTombstonesOver = horizonMs !== undefined && horizonMs <= nowMs
    const cursor = this.#cursor
    cursor.reset(section, header)
    if (header.recordCount > this.#kept.length) this.#kept = new Uint8Array(header.recordCount)
    let keptCount = 0
    let hasTombstone = false
    for (let at = 0; cursor.next(); at++) {
      const offset = header.baseOffset + cursor.offsetDelta
      const { keyStart, keyLength } = cursor
      const isTombstone = cursor.valueLength < 0
      const isKept =
        offset >= mappedOffset ||
        (keyLength >= 0 &&
          !(isTombstone && areTombstonesOver) &&
          offset >= keys.get(section, keyStart, keyLength))
      this.#kept[at] = isKept ? 1 : 0
      if (!isKept) continue
      keptCount++
      if (isTombstone) hasTombstone = true
    }
    return { keptCount, hasTombstone }
  }

  #emptied(header: BatchHeader, bytes: Uint8Array, { isHeaderKept }: Verdict): FilteredBatch {
    if (!isHeaderKept) return { bytes: undefined }
    return { bytes: header.recordCount === 0 ? bytes : this.#rewriter.empty(bytes) }
  }

  /**
   * Whether the header has the last sequence of a producer, or its last epoch where its last batch
   * is a marker: without it a new start would not know them.
   */
  #isLastOfProducer(header: BatchHeader): boolean {
    if (header.producerId < 0) return false
    const last = this.#rules.producers.get(header.producerId)
    if (!last) return false
    if (last.lastDataOffset >= 0) return header.lastOffset === last.lastDataOffset
    return header.isControl && header.producerEpoch === last.epoch
  }
}

/**
 * Returns the uncompressed records of a batch; `undefined` where this program cannot see them, for
 * want of a codec or of memory: such a batch stays as it is.
 */
export function readSection(
  bytes: Uint8Array,
  header: BatchHeader,
  options: { readonly codecs: Codecs; readonly maxBytes?: number },
): Uint8Array | Promise<Uint8Array> | undefined {
  if (header.compression !== 'none' && !options.codecs[header.compression]) return undefined
  try {
    return readRecordsSection(bytes, header, options)
  } catch (error) {
    if (error instanceof InvalidBatchError && error.errorName === 'MESSAGE_TOO_LARGE') {
      return undefined
    }
    throw error
  }
}

/** From when on the tombstones of a batch, or its marker, may go; `undefined` for not yet. */
function deleteHorizonOf(header: BatchHeader): number | undefined {
  return (header.attributes & batchAttributes.deleteHorizon) === 0
    ? undefined
    : header.baseTimestamp
}
