/**
 * Writes Snappy data in xerial's framing, as Kafka's Java client does, in chunks of 32 KiB. See
 * `snappy-reader.ts` for the layout.
 */

import { copyLiterals } from './lz-copy.ts'
import { findMatches } from './lz-matches.ts'
import type { MatchSink } from './lz-matches.ts'
import { putUvarint } from './varint.ts'

/** Magic, version 1, readable by version 1. */
const xerialHeader = [0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1]
const chunkBytes = 32 * 1024

/** Returns `input` in xerial's framing. */
export function writeSnappy(input: Uint8Array): Uint8Array {
  const chunkCount = Math.ceil(input.length / chunkBytes)
  // Snappy itself promises no more than this much growth.
  const sizeMax = xerialHeader.length + chunkCount * (4 + 32) + input.length * (7 / 6)
  const output = new Uint8Array(Math.ceil(sizeMax))
  const view = new DataView(output.buffer)
  output.set(xerialHeader)
  let position = xerialHeader.length
  for (let start = 0; start < input.length; start += chunkBytes) {
    const end = Math.min(start + chunkBytes, input.length)
    const chunkEnd = new ChunkWriter(input, output, position + 4).write(start, end)
    view.setInt32(position, chunkEnd - position - 4)
    position = chunkEnd
  }
  return output.subarray(0, position)
}

/** Writes the elements of one chunk. */
class ChunkWriter implements MatchSink {
  readonly #input: Uint8Array
  readonly #output: Uint8Array
  #position: number

  constructor(input: Uint8Array, output: Uint8Array, position: number) {
    this.#input = input
    this.#output = output
    this.#position = position
  }

  /** Writes the chunk and returns the position after it. */
  write(start: number, end: number): number {
    this.#position = putUvarint(this.#output, this.#position, end - start)
    const literalStart = findMatches(this.#input, start, end, this)
    this.#literal(literalStart, end)
    return this.#position
  }

  match(literalStart: number, matchStart: number, distance: number, length: number): void {
    this.#literal(literalStart, matchStart)
    let rest = length
    // One copy holds up to 64 bytes, and what remains must not be shorter than 4.
    for (; rest >= 68; rest -= 64) this.#longCopy(distance, 64)
    if (rest > 64) {
      this.#longCopy(distance, 60)
      rest -= 60
    }
    if (rest < 12 && distance < 2048) {
      this.#output[this.#position++] = 1 | ((rest - 4) << 2) | ((distance >> 8) << 5)
      this.#output[this.#position++] = distance & 0xff
    } else {
      this.#longCopy(distance, rest)
    }
  }

  #longCopy(distance: number, length: number): void {
    this.#output[this.#position++] = 2 | ((length - 1) << 2)
    this.#output[this.#position++] = distance & 0xff
    this.#output[this.#position++] = distance >> 8
  }

  #literal(start: number, end: number): void {
    const length = end - start
    if (length === 0) return
    const code = length - 1
    if (code < 60) {
      this.#output[this.#position++] = code << 2
    } else if (code < 0x100) {
      this.#output[this.#position++] = 60 << 2
      this.#output[this.#position++] = code
    } else {
      this.#output[this.#position++] = 61 << 2
      this.#output[this.#position++] = code & 0xff
      this.#output[this.#position++] = code >> 8
    }
    copyLiterals(this.#output, this.#position, this.#input, { start, length })
    this.#position += length
  }
}
