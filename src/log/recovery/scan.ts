/**
 * Reads all batches of a file and checks each in full, and where one is bad, looks whether anything
 * valid comes after it.
 */

import { InvalidBatchError, batchHeaderBytes, batchPrefixBytes } from '../../record/batch.ts'
import * as batchLayout from '../../record/batch-layout.ts'
import { validateBatch } from '../../record/batch.ts'
import type { BatchHeader } from '../../record/batch.ts'
import type { StorageFile } from '../../storage/storage.ts'
import { readInt64 } from '../segment/batch-walker.ts'

const windowBytes = 1 << 20
const relativeOffsetMax = 2 ** 31 - 1
const magic = 2

/** Where and why a scan ended before the end of the file. */
export interface ScanStop {
  readonly position: number
  readonly reason: string
  /** Where there is a valid batch all the same, at that position or later. */
  readonly validPosition: number | undefined
}

export interface ScanStart {
  readonly position: number
  readonly offset: number
}

export interface ScanOptions {
  /** Of the segment. */
  readonly baseOffset: number
  /**
   * Only compaction leaves gaps, and never in the last segment of a log; with `any` the caller
   * judges.
   */
  readonly offsets: 'any' | 'consecutive' | 'increasing'
  /** Where to begin, and which offset comes next there. @default the start of the file */
  readonly from?: ScanStart
  /** Called for every batch. The bytes are valid during the call only. */
  readonly onBatch: (header: BatchHeader, position: number, bytes: Uint8Array) => void
}

/** Returns where the scan had to stop; `undefined` at the end of the file. */
export function scanFile(file: StorageFile, options: ScanOptions): ScanStop | undefined {
  const { baseOffset, offsets, onBatch } = options
  const reader = new WindowReader(file)
  let position = options.from?.position ?? 0
  let nextOffset = options.from?.offset ?? baseOffset
  while (position < file.sizeBytes) {
    const batch = readBatch(reader, position)
    if (typeof batch === 'string') {
      const validPosition = findBatch(reader, position + 1, baseOffset)
      return { position, reason: batch, validPosition }
    }
    const { header, bytes } = batch
    const isNext =
      offsets === 'consecutive' ? header.baseOffset === nextOffset : header.baseOffset >= nextOffset
    const isPlaced = isNext && isInSegment(header.lastOffset, baseOffset)
    if (offsets !== 'any' && !isPlaced) {
      const reason = `offset ${header.baseOffset}, where ${nextOffset} comes next`
      return { position, reason, validPosition: position }
    }
    onBatch(header, position, bytes)
    nextOffset = header.lastOffset + 1
    position += header.sizeBytes
  }
  return undefined
}

function isInSegment(offset: number, baseOffset: number): boolean {
  return offset >= baseOffset && offset - baseOffset <= relativeOffsetMax
}

/** Returns the batch at `position`, or why there is none. */
function readBatch(
  reader: WindowReader,
  position: number,
): { readonly header: BatchHeader; readonly bytes: Uint8Array } | string {
  const available = reader.sizeBytes - position
  if (available < batchHeaderBytes) return `${available} bytes are no batch`
  const head = reader.bytes(position, batchHeaderBytes)
  const view = new DataView(head.buffer, head.byteOffset, head.length)
  const sizeBytes = view.getInt32(batchLayout.batchLength) + batchPrefixBytes
  // Compared before it sizes anything: it is only what the file claims.
  if (sizeBytes < batchHeaderBytes || sizeBytes > available) {
    return `a batch of ${sizeBytes} bytes, where ${available} are left`
  }
  const bytes = reader.bytes(position, sizeBytes)
  try {
    return { header: validateBatch(bytes), bytes }
  } catch (error) {
    if (error instanceof InvalidBatchError) return error.message
    throw error
  }
}

/** Returns the position of the first valid batch of the segment that begins at `from` or later. */
function findBatch(reader: WindowReader, from: number, baseOffset: number): number | undefined {
  let position = from
  while (position + batchHeaderBytes <= reader.sizeBytes) {
    const length = Math.min(windowBytes, reader.sizeBytes - position)
    const window = reader.bytes(position, length)
    for (const candidate of candidates(window, baseOffset)) {
      if (typeof readBatch(reader, position + candidate) !== 'string') return position + candidate
    }
    if (position + length >= reader.sizeBytes) return undefined
    position += length - batchHeaderBytes + 1
  }
  return undefined
}

/** Returns positions in `window` at which the fixed fields look like a header. */
function candidates(window: Uint8Array, baseOffset: number): number[] {
  const view = new DataView(window.buffer, window.byteOffset, window.length)
  const found: number[] = []
  let at = window.indexOf(magic, batchLayout.magic)
  while (at >= 0 && at - batchLayout.magic + batchHeaderBytes <= window.length) {
    const start = at - batchLayout.magic
    const recordCount = view.getInt32(start + batchLayout.recordCount)
    const lastOffsetDelta = view.getInt32(start + batchLayout.lastOffsetDelta)
    const isPlausible =
      isInSegment(readInt64(view, start), baseOffset) &&
      lastOffsetDelta >= 0 &&
      recordCount >= 0 &&
      recordCount <= lastOffsetDelta + 1
    if (isPlausible) found.push(start)
    at = window.indexOf(magic, at + 1)
  }
  return found
}

/** Reads a file through memory that is used again and again. */
class WindowReader {
  readonly sizeBytes: number
  readonly #file: StorageFile
  #window = new Uint8Array(0)
  #start = 0
  #length = 0

  constructor(file: StorageFile) {
    this.#file = file
    this.sizeBytes = file.sizeBytes
  }

  /** Returns a part of the file, valid until the next call. It must not go beyond the end. */
  bytes(position: number, length: number): Uint8Array {
    const at = position - this.#start
    if (at < 0 || at + length > this.#length) {
      const wanted = Math.min(Math.max(length, windowBytes), this.sizeBytes - position)
      if (wanted > this.#window.length) this.#window = new Uint8Array(wanted)
      this.#start = position
      this.#length = this.#file.read(position, this.#window.subarray(0, wanted))
      return this.#window.subarray(0, Math.min(length, this.#length))
    }
    return this.#window.subarray(at, at + length)
  }
}
