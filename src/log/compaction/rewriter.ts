/**
 * Writes what is left of a batch. Records that stay are copied as they are; only where a delete
 * horizon takes the place of the base timestamp, their timestamps are written anew, relative to it.
 */

import * as batchAttributes from '../../record/batch-attributes.ts'
import * as batchLayout from '../../record/batch-layout.ts'
import { batchHeaderBytes, batchPrefixBytes, setCrc } from '../../record/batch.ts'
import type { BatchHeader } from '../../record/batch.ts'
import { codecFor } from '../../record/codec-for.ts'
import type { Codecs } from '../../record/compression.ts'
import type { RecordCursor } from '../../record/record-cursor.ts'
import { putVarint, putVarlong, varlongBytes } from '../../record/varint.ts'

const two32 = 2 ** 32
/** What a record can grow by when its timestamp is written anew. */
const growthMax = 16

export interface RewriteSource {
  readonly header: BatchHeader
  /** The whole batch. */
  readonly bytes: Uint8Array
  /** Its records, uncompressed. */
  readonly section: Uint8Array
  /** Of each record: 1 where it stays. */
  readonly kept: Uint8Array
  /** How many stay; at least one. */
  readonly keptCount: number
  readonly newHorizonMs: number | undefined
}

/** Not for two batches at once: what it gives is valid until its next call. */
export class BatchRewriter {
  readonly #cursor: RecordCursor
  readonly #codecs: Codecs
  #memory = new Uint8Array(65_536)

  constructor(cursor: RecordCursor, codecs: Codecs) {
    this.#cursor = cursor
    this.#codecs = codecs
  }

  /** Returns the batch with the records that stay; a promise only where its codec gives one. */
  rewrite(source: RewriteSource): Uint8Array | Promise<Uint8Array> {
    const { header, section, newHorizonMs } = source
    const growth = newHorizonMs === undefined ? 0 : source.keptCount * growthMax
    this.#reserve(batchHeaderBytes + section.length + growth)
    const { end, maxTimestamp } = this.#copyRecords(source)
    const { compression } = header
    if (compression === 'none') return this.#seal(source, end, maxTimestamp)

    const records = this.#memory.subarray(batchHeaderBytes, end)
    const compressed = codecFor(this.#codecs, compression).compress(records)
    return compressed instanceof Uint8Array
      ? this.#sealCompressed(source, compressed, maxTimestamp)
      : compressed.then((result) => this.#sealCompressed(source, result, maxTimestamp))
  }

  /** Returns the header of a batch that has lost all its records, as Kafka writes it. */
  empty(bytes: Uint8Array): Uint8Array {
    const batch = this.#memory.subarray(0, batchHeaderBytes)
    batch.set(bytes.subarray(0, batchHeaderBytes))
    const view = new DataView(batch.buffer, batch.byteOffset, batchHeaderBytes)
    const { logAppendTime, transactional, control } = batchAttributes
    const attributes = view.getInt16(batchLayout.attributes)
    view.setInt16(batchLayout.attributes, attributes & (logAppendTime | transactional | control))
    view.setInt32(batchLayout.batchLength, batchHeaderBytes - batchPrefixBytes)
    view.setInt32(batchLayout.recordCount, 0)
    setInt64(view, batchLayout.baseTimestamp, -1)
    setCrc(batch)
    return batch
  }

  #copyRecords(source: RewriteSource): { readonly end: number; readonly maxTimestamp: number } {
    const { header, section, kept, newHorizonMs } = source
    const memory = this.#memory
    const cursor = this.#cursor
    cursor.reset(section, header)
    let end: number = batchHeaderBytes
    let maxTimestamp = -1
    for (let at = 0; cursor.next(); at++) {
      if (kept[at] === 0) continue
      const timestamp = header.baseTimestamp + cursor.timestampDelta
      if (timestamp > maxTimestamp) maxTimestamp = timestamp
      if (newHorizonMs === undefined) {
        memory.set(section.subarray(cursor.start, cursor.end), end)
        end += cursor.end - cursor.start
        continue
      }
      const delta = timestamp - newHorizonMs
      const restBytes = cursor.end - cursor.restStart
      end = putVarint(memory, end, 1 + varlongBytes(delta) + restBytes)
      memory[end++] = section[cursor.attributesAt]!
      end = putVarlong(memory, end, delta)
      memory.set(section.subarray(cursor.restStart, cursor.end), end)
      end += restBytes
    }
    // Where the broker has set the time, it is the same for all records, and in the header.
    if (header.timestampType === 'logAppendTime') ({ maxTimestamp } = header)
    return { end, maxTimestamp }
  }

  #sealCompressed(source: RewriteSource, compressed: Uint8Array, maxTimestamp: number): Uint8Array {
    this.#reserve(batchHeaderBytes + compressed.length)
    this.#memory.set(compressed, batchHeaderBytes)
    return this.#seal(source, batchHeaderBytes + compressed.length, maxTimestamp)
  }

  #seal(source: RewriteSource, end: number, maxTimestamp: number): Uint8Array {
    const { bytes, keptCount, newHorizonMs } = source
    const batch = this.#memory.subarray(0, end)
    batch.set(bytes.subarray(0, batchHeaderBytes))
    const view = new DataView(batch.buffer, batch.byteOffset, batchHeaderBytes)
    view.setInt32(batchLayout.batchLength, end - batchPrefixBytes)
    view.setInt32(batchLayout.recordCount, keptCount)
    setInt64(view, batchLayout.maxTimestamp, maxTimestamp)
    if (newHorizonMs !== undefined) {
      const attributes = view.getInt16(batchLayout.attributes)
      view.setInt16(batchLayout.attributes, attributes | batchAttributes.deleteHorizon)
      setInt64(view, batchLayout.baseTimestamp, newHorizonMs)
    }
    setCrc(batch)
    return batch
  }

  #reserve(length: number): void {
    if (length > this.#memory.length) this.#memory = new Uint8Array(length)
  }
}

function setInt64(view: DataView, position: number, value: number): void {
  view.setInt32(position, Math.floor(value / two32))
  view.setUint32(position + 4, value >>> 0)
}
