/**
 * Reads Snappy data, raw or in the framing of xerial's snappy-java, which is what Kafka's clients
 * write, and puts that framing around raw data.
 *
 *     xerial    magic 8 bytes, version int32, oldest compatible version int32, then chunks
 *     chunk     length int32, raw data
 *     raw       uncompressed length uvarint, then elements
 *     literal   tag (upper 6 bits: length - 1, or 60–63: it follows in 1–4 bytes), bytes
 *     copy      tag (lower 2 bits: 1–3 bytes of distance; upper bits: length), distance
 *
 * Xerial's numbers are big-endian, Snappy's little-endian.
 */

import { damaged, tooLarge } from './compression.ts'
import { copyLiterals, copyMatch } from './lz-copy.ts'

const xerialMagic = [0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]
const xerialHeaderBytes = 16
const xerialVersion = 1
/** What snappy-java compresses at a time. */
const xerialChunkBytes = 32 * 1024
/** No element gives more than this for each of its bytes. */
const expansionMax = 64

/** Returns what raw or xerial-framed `input` holds. @throws DecompressionError */
export function readSnappy(input: Uint8Array, maxBytes: number): Uint8Array {
  const chunks = isXerial(input) ? xerialChunks(input) : [input]
  let sizeBytes = 0
  for (const chunk of chunks) sizeBytes += declaredLength(chunk).length
  if (sizeBytes > maxBytes) throw tooLarge('snappy', maxBytes)

  const output = new Uint8Array(sizeBytes)
  let position = 0
  for (const chunk of chunks) position = decodeRaw(chunk, output, position)
  return output
}

/** Compresses `input` in chunks with `compressRaw` and frames them as snappy-java does. */
export function writeXerial(
  input: Uint8Array,
  compressRaw: (chunk: Uint8Array) => Uint8Array,
): Uint8Array {
  const chunks: Uint8Array[] = []
  let sizeBytes = xerialHeaderBytes
  for (let start = 0; start < input.length; start += xerialChunkBytes) {
    const chunk = compressRaw(input.subarray(start, start + xerialChunkBytes))
    chunks.push(chunk)
    sizeBytes += 4 + chunk.length
  }
  const output = new Uint8Array(sizeBytes)
  const view = new DataView(output.buffer)
  output.set(xerialMagic)
  view.setInt32(8, xerialVersion)
  view.setInt32(12, xerialVersion)
  let position = xerialHeaderBytes
  for (const chunk of chunks) {
    view.setInt32(position, chunk.length)
    output.set(chunk, position + 4)
    position += 4 + chunk.length
  }
  return output
}

/** The magic bytes are not valid raw data, so that there is no doubt. */
function isXerial(input: Uint8Array): boolean {
  return (
    input.length >= xerialHeaderBytes && xerialMagic.every((byte, index) => input[index] === byte)
  )
}

function xerialChunks(input: Uint8Array): Uint8Array[] {
  const view = new DataView(input.buffer, input.byteOffset, input.length)
  const chunks: Uint8Array[] = []
  let position = xerialHeaderBytes
  while (position < input.length) {
    if (input.length - position < 4) throw damaged('snappy', 'a chunk is cut off')
    const length = view.getInt32(position)
    position += 4
    if (length <= 0 || length > input.length - position) {
      throw damaged('snappy', `a chunk of ${length} bytes, ${input.length - position} are left`)
    }
    chunks.push(input.subarray(position, position + length))
    position += length
  }
  return chunks
}

/** Reads the uncompressed length, and refuses one that the bytes that follow could never give. */
function declaredLength(raw: Uint8Array): { readonly length: number; readonly start: number } {
  let length = 0
  for (let start = 0; start < 5; start++) {
    const byte = raw[start]
    if (byte === undefined) break
    length += (byte & 0x7f) * 2 ** (7 * start)
    if (byte >= 0x80) continue
    if (length > raw.length * expansionMax) break
    return { length, start: start + 1 }
  }
  throw damaged('snappy', 'its length is not possible')
}

/** Decodes one raw block into `output` from `position` on, and returns the position after it. */
function decodeRaw(raw: Uint8Array, output: Uint8Array, position: number): number {
  const { length: declared, start } = declaredLength(raw)
  const end = position + declared
  let to = position
  let from = start
  while (from < raw.length) {
    const tag = raw[from++]!
    const kind = tag & 3
    if (kind === 0) {
      let length = tag >> 2
      if (length >= 60) {
        const count = length - 59
        length = littleEndian(raw, from, count)
        from += count
      }
      length += 1
      if (length > raw.length - from || length > end - to) throw overrun()
      copyLiterals(output, to, raw, { start: from, length })
      from += length
      to += length
      continue
    }
    // Only the shortest kind of copy shares its tag between length and distance.
    const length = kind === 1 ? 4 + ((tag >> 2) & 7) : 1 + (tag >> 2)
    const distanceBytes = kind === 3 ? 4 : kind
    if (distanceBytes > raw.length - from) throw overrun()
    const low = littleEndian(raw, from, distanceBytes)
    const distance = kind === 1 ? ((tag >> 5) << 8) + low : low
    from += distanceBytes
    if (distance === 0 || distance > to - position || length > end - to) throw overrun()
    copyMatch(output, to, distance, length)
    to += length
  }
  if (to !== end) throw damaged('snappy', 'it holds less than it declares')
  return to
}

/** Reads up to four bytes; those after the end count as 0, which the caller's checks refuse. */
function littleEndian(bytes: Uint8Array, position: number, count: number): number {
  let value = 0
  for (let index = 0; index < count; index++) value += (bytes[position + index] ?? 0) * 256 ** index
  return value
}

function overrun(): Error {
  return damaged('snappy', 'an element reaches outside the data')
}
