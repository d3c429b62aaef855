/**
 * The bytes of a local store's files. A file begins with
 *
 *     magic 8 | secret of the key hash 4 + 4
 *
 * and goes on with frames, of which the numbers grow by one:
 *
 *     body length 4 | CRC-32C of the body 4 | body:
 *       frame number 4 | entry count 4 | changelog offset 8 | saved at, ms 8 | topic id 24 |
 *       entries: key length 4 | value length + 1, or 0 where the key is removed 4 | key | value
 *
 * all little-endian; numbers of 8 bytes are doubles, the topic id is text. Without a checkpoint its
 * offset is -1.
 */

import { crc32c } from '../../record/crc32c.ts'
import type { Checkpoint, TextEntry } from './local-store.ts'
import type { HashSecret } from './key-hash.ts'

const magic = 'KDSTATE1'
export const fileHeaderBytes = 16
const frameHeaderBytes = 8
const bodyHeaderBytes = 48
const topicIdStart = 24
export const entryHeaderBytes = 8
/** A frame is ended once it has so much; an entry is never cut. */
const frameBytesMax = 1024 * 1024

export function fileHeader([low, high]: HashSecret): Buffer {
  const bytes = Buffer.alloc(fileHeaderBytes)
  bytes.write(magic, 'latin1')
  bytes.writeUInt32LE(low >>> 0, 8)
  bytes.writeUInt32LE(high >>> 0, 12)
  return bytes
}

/** Returns the secret of a file, or nothing where it is not one of ours. */
export function readFileHeader(bytes: Buffer): HashSecret | undefined {
  if (bytes.length < fileHeaderBytes || bytes.toString('latin1', 0, 8) !== magic) return undefined
  return [bytes.readUInt32LE(8), bytes.readUInt32LE(12)]
}

/** Where an entry is in the bytes that were written or read. */
export interface EntryPlace {
  start: number
  keyStart: number
  keyEnd: number
  /** The same as `keyEnd` where the value is empty. */
  end: number
  isRemoval: boolean
}

/** Writes frames one behind the other, to be written to a file together. */
export class FrameWriter {
  bytes = Buffer.allocUnsafe(64 * 1024)
  length = 0
  #frameStart = -1
  #entryCount = 0

  /** Begins anew. */
  clear(): void {
    this.length = 0
    this.#frameStart = -1
    // What one large commit took is not kept for ever.
    if (this.bytes.length > 16 * frameBytesMax) this.bytes = Buffer.allocUnsafe(64 * 1024)
  }

  /** Whether the frame that is open has as much as one should. */
  get isFrameFull(): boolean {
    return this.#frameStart >= 0 && this.length - this.#frameStart >= frameBytesMax
  }

  get hasFrame(): boolean {
    return this.#frameStart >= 0
  }

  add([key, value]: TextEntry): void {
    this.#begin()
    // A character takes 3 bytes at most.
    this.#reserve(entryHeaderBytes + 3 * (key.length + (value?.length ?? 0)))
    const start = this.length
    const keyStart = start + entryHeaderBytes
    const keyBytes = this.bytes.write(key, keyStart)
    const valueStart = keyStart + keyBytes
    const valueBytes = value === null ? -1 : this.bytes.write(value, valueStart)
    this.bytes.writeUInt32LE(keyBytes, start)
    this.bytes.writeUInt32LE(valueBytes + 1, start + 4)
    this.length = valueStart + Math.max(0, valueBytes)
    this.#entryCount++
  }

  /** Adds an entry as it is in other bytes. */
  copy(source: Buffer, { start, end }: EntryPlace): void {
    this.#begin()
    this.#reserve(end - start)
    source.copy(this.bytes, this.length, start, end)
    this.length += end - start
    this.#entryCount++
  }

  /** Ends the frame that is open, or writes one without entries. */
  end(number: number, checkpoint: Checkpoint | undefined): void {
    this.#begin()
    const body = this.#frameStart + frameHeaderBytes
    this.bytes.writeUInt32LE(number, body)
    this.bytes.writeUInt32LE(this.#entryCount, body + 4)
    this.bytes.writeDoubleLE(checkpoint?.offset ?? -1, body + 8)
    this.bytes.writeDoubleLE(checkpoint?.savedAtMs ?? 0, body + 16)
    const topicId = (checkpoint?.topicId ?? '').padEnd(bodyHeaderBytes - topicIdStart)
    this.bytes.write(topicId, body + topicIdStart, 'latin1')
    this.bytes.writeUInt32LE(this.length - body, this.#frameStart)
    const crc = crc32c(this.bytes, body, this.length)
    this.bytes.writeUInt32LE(crc >>> 0, this.#frameStart + 4)
    this.#frameStart = -1
  }

  #begin(): void {
    if (this.#frameStart >= 0) return
    this.#reserve(frameHeaderBytes + bodyHeaderBytes)
    this.#frameStart = this.length
    this.#entryCount = 0
    this.length += frameHeaderBytes + bodyHeaderBytes
  }

  #reserve(count: number): void {
    if (this.length + count <= this.bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.length + count))
    this.bytes.copy(larger, 0, 0, this.length)
    this.bytes = larger
  }
}

export interface Frame {
  readonly number: number
  readonly entryCount: number
  readonly checkpoint: Checkpoint | undefined
  /** Where its entries begin, and where the frame ends. */
  readonly entriesStart: number
  readonly end: number
}

/** Returns the frame at `start`, or nothing where there is none that is whole. */
export function readFrame(bytes: Buffer, start: number, length: number): Frame | undefined {
  const body = start + frameHeaderBytes
  if (body + bodyHeaderBytes > length) return undefined
  const end = body + bytes.readUInt32LE(start)
  if (end > length || end < body + bodyHeaderBytes) return undefined
  if (crc32c(bytes, body, end) >>> 0 !== bytes.readUInt32LE(start + 4)) return undefined
  const offset = bytes.readDoubleLE(body + 8)
  const savedAtMs = bytes.readDoubleLE(body + 16)
  const topicId = bytes.toString('latin1', body + topicIdStart, body + bodyHeaderBytes).trimEnd()
  return {
    number: bytes.readUInt32LE(body),
    entryCount: bytes.readUInt32LE(body + 4),
    checkpoint: offset < 0 ? undefined : { topicId, offset, savedAtMs },
    entriesStart: body + bodyHeaderBytes,
    end,
  }
}

/** Returns where the entries of a frame are that is known to be whole. */
export function frameBounds(bytes: Buffer, start: number): { entriesStart: number; end: number } {
  const body = start + frameHeaderBytes
  return { entriesStart: body + bodyHeaderBytes, end: body + bytes.readUInt32LE(start) }
}

/** Sets `place` to the entry at `start`, of which at least the first 8 bytes must be there. */
export function readPlace(bytes: Buffer, start: number, place: EntryPlace): void {
  const valueBytes = bytes.readUInt32LE(start + 4) - 1
  place.start = start
  place.keyStart = start + entryHeaderBytes
  place.keyEnd = place.keyStart + bytes.readUInt32LE(start)
  place.isRemoval = valueBytes < 0
  place.end = place.keyEnd + Math.max(0, valueBytes)
}

export function noPlace(): EntryPlace {
  return { start: 0, keyStart: 0, keyEnd: 0, end: 0, isRemoval: false }
}
