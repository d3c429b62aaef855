/**
 * The index of a local store as a file, so that its entries need not be read to open it. Those that
 * were added after it was saved are read then: whatever they say is newer.
 *
 *     magic 8 | length of the facts 4 | CRC-32C of the facts 4, of each array 4 + 4 + 4 | 0, 4 |
 *     facts, JSON | lows | highs | addresses
 *
 * The facts are filled up with spaces, so that the arrays begin where numbers of 8 bytes may be.
 */

import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writevSync,
} from 'node:fs'
import { join } from 'node:path'
import { crc32c } from '../../record/crc32c.ts'
import { EntryIndex } from './entry-index.ts'

const magic = 'KDINDEX1'
const headerBytes = 32
const crcStart = 12
/** More cannot be read at once. */
const fileBytesMax = 2 ** 31 - 1
const fileName = 'index'

/** What the index was made of. */
export interface IndexFacts {
  readonly secret: readonly [number, number]
  readonly frameNumber: number
  readonly checkpoint: {
    readonly topicId: string
    readonly offset: number
    readonly savedAtMs: number
  } | null
  /** Of each file, how much of it. */
  readonly files: readonly {
    readonly number: number
    readonly bytes: number
    readonly entryCount: number
  }[]
}

export interface SavedIndex {
  readonly index: EntryIndex
  readonly facts: IndexFacts
}

/** Saves the index; all that it tells of must be on disk. */
export function saveIndex(folder: string, { index, facts }: SavedIndex): void {
  const { lows, highs, addresses } = index.parts
  const json = Buffer.from(JSON.stringify({ ...facts, capacity: lows.length }))
  const text = Buffer.alloc(Math.ceil(json.length / 8) * 8, ' ')
  json.copy(text)
  const parts = [text, bytesOf(lows), bytesOf(highs), bytesOf(addresses)]
  const head = Buffer.alloc(headerBytes)
  head.write(magic, 'latin1')
  head.writeUInt32LE(text.length, 8)
  parts.forEach((part, number) => head.writeUInt32LE(crc32c(part), crcStart + 4 * number))
  const sizeBytes = parts.reduce((sum, { length }) => sum + length, headerBytes)
  if (sizeBytes > fileBytesMax) return removeIndex(folder)
  const path = join(folder, fileName)
  const aside = `${path}.new`
  const descriptor = openSync(aside, 'w')
  try {
    writeAll(descriptor, [head, ...parts])
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
  renameSync(aside, path)
}

function removeIndex(folder: string): void {
  rmSync(join(folder, fileName), { force: true })
}

/** Returns the index that was saved, if it is there and whole. */
export function readIndex(folder: string): SavedIndex | undefined {
  let bytes: Buffer
  try {
    bytes = readFileSync(join(folder, fileName))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  if (bytes.length < headerBytes || bytes.toString('latin1', 0, 8) !== magic) return undefined
  const arraysStart = headerBytes + bytes.readUInt32LE(8)
  if (arraysStart > bytes.length || !isWhole(bytes, 0, headerBytes, arraysStart)) return undefined
  const text = bytes.toString('utf8', headerBytes, arraysStart)
  const { capacity, ...facts } = JSON.parse(text) as IndexFacts & { readonly capacity: number }
  const [highsStart, addressesStart] = [arraysStart + 4 * capacity, arraysStart + 8 * capacity]
  const end = arraysStart + 16 * capacity
  const hasArrays =
    bytes.length === end &&
    isWhole(bytes, 1, arraysStart, highsStart) &&
    isWhole(bytes, 2, highsStart, addressesStart) &&
    isWhole(bytes, 3, addressesStart, end)
  if (!hasArrays) return undefined
  // Numbers of 8 bytes are read where they are only at a multiple of it.
  const whole = bytes.byteOffset % 8 === 0 ? bytes : Buffer.from(Uint8Array.from(bytes).buffer)
  const start = whole.byteOffset + arraysStart
  const index = EntryIndex.of({
    lows: new Uint32Array(whole.buffer, start, capacity),
    highs: new Uint32Array(whole.buffer, start + 4 * capacity, capacity),
    addresses: new Float64Array(whole.buffer, start + 8 * capacity, capacity),
  })
  return index && { index, facts }
}

function bytesOf({ buffer, byteOffset, byteLength }: Uint32Array | Float64Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength)
}

function isWhole(bytes: Buffer, part: number, start: number, end: number): boolean {
  return crc32c(bytes, start, end) === bytes.readUInt32LE(crcStart + 4 * part)
}

function writeAll(descriptor: number, parts: readonly Buffer[]): void {
  let left = [...parts]
  while (left.length > 0) {
    let written = writevSync(descriptor, left)
    while (left[0] && written >= left[0].length) written -= left.shift()!.length
    if (left[0]) left = [left[0].subarray(written), ...left.slice(1)]
  }
}
