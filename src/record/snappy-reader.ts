/**
 * Reads Snappy data, raw or in the framing of xerial's snappy-java; Kafka's clients write either.
 *
 *     xerial    magic 8 bytes, version int32, oldest compatible version int32, then chunks
 *     chunk     length int32, raw data
 *     raw       uncompressed length uvarint, then elements
 *     literal   tag (upper 6 bits: length - 1, or 60–63: it follows in 1–4 bytes), bytes
 *     copy      tag (lower 2 bits: 1–3 bytes of distance; upper bits: length), distance
 *
 * Xerial's numbers are big-endian, Snappy's little-endian.
 */

import { damaged, tooLarge } from './decompression-failures.ts'
import { copyLiterals, copyMatch } from './lz-copy.ts'

const xerialMagic = [0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]
const xerialHeaderBytes = 16
/** No element gives more than this for each of its bytes. */
const expansionMax = 64

/** Returns what raw or xerial-framed `input` holds. @throws InvalidBatchError */
export function readSnappy(input: Uint8Array, maxBytes: number): Uint8Array {
  let sizeBytes = 0
  for (const chunk of rawChunks(input)) {
    sizeBytes += declaredLength(chunk).length
    if (sizeBytes > maxBytes) throw tooLarge('snappy', maxBytes)
  }
  const output = new Uint8Array(sizeBytes)
  let position = 0
  for (const chunk of rawChunks(input)) position = decodeRaw(chunk, output, position)
  return output
}

/** There is no doubt: read as raw data, the magic begins with a copy of what is not there. */
function isXerial(input: Uint8Array): boolean {
  return (
    input.length >= xerialHeaderBytes && xerialMagic.every((byte, index) => input[index] === byte)
  )
}

/** Not an array: input that is all tiny chunks would make it larger than the output. */
function* rawChunks(input: Uint8Array): Generator<Uint8Array, void> {
  if (!isXerial(input)) {
    yield input
    return
  }
  const view = new DataView(input.buffer, input.byteOffset, input.length)
  let position = xerialHeaderBytes
  while (position < input.length) {
    if (input.length - position < 4) throw damaged('snappy', 'a chunk is cut off')
    const length = view.getInt32(position)
    position += 4
    if (length <= 0 || length > input.length - position) {
      throw damaged('snappy', `a chunk of ${length} bytes, ${input.length - position} are left`)
    }
    yield input.subarray(position, position + length)
    position += length
  }
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
  // Bytes that are read after the end count as 0; that it came to this is found out at the end.
  while (from < raw.length) {
    const tag = raw[from++]!
    let length = 1 + (tag >> 2)
    let distance = 0
    switch (tag & 3) {
      case 0:
        if (length > 60) {
          const lengthBytes = length - 60
          length = 1 + littleEndian(raw, from, lengthBytes)
          from += lengthBytes
        }
        if (length > raw.length - from || length > end - to) throw overrun()
        copyLiterals(output, to, raw, { start: from, length })
        from += length
        to += length
        continue
      case 1:
        length = 4 + ((tag >> 2) & 7)
        distance = ((tag >> 5) << 8) | raw[from++]!
        break
      case 2:
        distance = raw[from]! | (raw[from + 1]! << 8)
        from += 2
        break
      default:
        distance = littleEndian(raw, from, 4)
        from += 4
    }
    if (distance === 0 || distance > to - position || length > end - to) throw overrun()
    copyMatch(output, to, distance, length)
    to += length
  }
  if (to !== end || from !== raw.length) throw damaged('snappy', 'it does not end where it should')
  return to
}

/** Reads up to four bytes; those after the end count as 0. */
function littleEndian(bytes: Uint8Array, position: number, count: number): number {
  let value = 0
  for (let index = 0; index < count; index++) value += (bytes[position + index] ?? 0) * 256 ** index
  return value
}

function overrun(): Error {
  return damaged('snappy', 'an element reaches outside the data')
}
