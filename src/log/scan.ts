/**
 * Reads all batches of a file and checks each in full, and where one is bad, looks whether anything
 * valid comes after it.
 */

import { InvalidBatchError, batchHeaderBytes, batchLayout, validateBatch } from '../record/batch.ts'
import { batchPrefixBytes } from '../record/batch.ts'
import type { BatchHeader } from '../record/batch.ts'
import type { StorageFile } from '../storage/storage.ts'
import { readInt64 } from './batch-walker.ts'

const windowBytes = 1 << 20
const relativeOffsetMax = 2 ** 31 - 1
const magic = 2

/** Where and why a scan ended before the end of the file. */
export interface ScanStop {
  readonly position: number
  readonly reason: string
  /** Position of a valid batch after the bad bytes, if there is one. */
  readonly nextValidPosition: number | undefined
}

/**
 * Calls `onBatch` for every batch of a segment that begins at `baseOffset`; the bytes it gets are
 * valid during the call only. Returns where it had to stop; `undefined` at the end of the file.
 */
export function scanFile(
  file: StorageFile,
  baseOffset: number,
  onBatch: (header: BatchHeader, position: number, bytes: Uint8Array) => void,
): ScanStop | undefined {
  const reader = new WindowReader(file)
  let position = 0
  let nextOffset = baseOffset
  while (position < file.sizeBytes) {
    const batch = readBatch(reader, position, { from: nextOffset, baseOffset })
    if (typeof batch === 'string') {
      const nextValidPosition = findBatch(reader, position + 1, { from: nextOffset, baseOffset })
      return { position, reason: batch, nextValidPosition }
    }
    onBatch(batch.header, position, batch.bytes)
    nextOffset = batch.header.lastOffset + 1
    position += batch.header.sizeBytes
  }
  return undefined
}

interface OffsetRange {
  /** The first offset that may come next. */
  readonly from: number
  /** That of the segment. */
  readonly baseOffset: number
}

/** Returns the batch at `position`, or why there is none. */
function readBatch(
  reader: WindowReader,
  position: number,
  range: OffsetRange,
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
    const header = validateBatch(bytes)
    if (header.baseOffset < range.from) {
      return `offset ${header.baseOffset}, where ${range.from} or a later one comes next`
    }
    if (header.lastOffset - range.baseOffset > relativeOffsetMax) {
      return `offset ${header.lastOffset} is too large for the segment`
    }
    return { header, bytes }
  } catch (error) {
    if (error instanceof InvalidBatchError) return error.message
    throw error
  }
}

/** Returns the position of the first valid batch that begins at `from` or later. */
function findBatch(reader: WindowReader, from: number, range: OffsetRange): number | undefined {
  let position = from
  while (position + batchHeaderBytes <= reader.sizeBytes) {
    const length = Math.min(windowBytes, reader.sizeBytes - position)
    const window = reader.bytes(position, length)
    for (const candidate of candidates(window, range)) {
      const batch = readBatch(reader, position + candidate, range)
      if (typeof batch !== 'string') return position + candidate
    }
    if (position + length >= reader.sizeBytes) return undefined
    position += length - batchHeaderBytes + 1
  }
  return undefined
}

/** Returns positions in `window` at which the fixed fields look like a header. */
function candidates(window: Uint8Array, range: OffsetRange): number[] {
  const view = new DataView(window.buffer, window.byteOffset, window.length)
  const found: number[] = []
  let at = window.indexOf(magic, batchLayout.magic)
  while (at >= 0 && at - batchLayout.magic + batchHeaderBytes <= window.length) {
    const start = at - batchLayout.magic
    const offset = readInt64(view, start)
    const recordCount = view.getInt32(start + batchLayout.recordCount)
    const lastOffsetDelta = view.getInt32(start + batchLayout.lastOffsetDelta)
    const isPlausible =
      offset >= range.from &&
      offset - range.baseOffset <= relativeOffsetMax &&
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
