/**
 * Writes LZ4 frames as Kafka's Java client does: independent blocks of 64 KiB, no checksums. See
 * `lz4-reader.ts` for the layout.
 */

import { copyLiterals } from './lz-copy.ts'
import { findMatches } from './lz-matches.ts'
import type { MatchSink } from './lz-matches.ts'

/** Magic, flags (version 1, independent blocks), block size (64 KiB), checksum of those two. */
const frameHeader = [0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82]
const blockBytes = 64 * 1024
const storedBlock = 0x8000_0000
const minMatch = 4
const longLength = 15

/** Returns `input` as one frame. */
export function writeLz4(input: Uint8Array): Uint8Array {
  const blockCount = Math.ceil(input.length / blockBytes)
  // Literals cost one byte in 255; a block that gains nothing is stored.
  const sizeMax = frameHeader.length + 4 + input.length + blockCount * (4 + 16 + blockBytes / 255)
  const output = new Uint8Array(Math.ceil(sizeMax))
  const view = new DataView(output.buffer)
  output.set(frameHeader)
  let position = frameHeader.length
  for (let start = 0; start < input.length; start += blockBytes) {
    const end = Math.min(start + blockBytes, input.length)
    const data = position + 4
    const dataEnd = new BlockWriter(input, output, data).write(start, end)
    if (dataEnd - data < end - start) {
      view.setUint32(position, dataEnd - data, true)
      position = dataEnd
    } else {
      view.setUint32(position, end - start + storedBlock, true)
      output.set(input.subarray(start, end), data)
      position = data + end - start
    }
  }
  // The end mark is four zeros, which are there already unless a stored block left its traces.
  view.setUint32(position, 0, true)
  return output.subarray(0, position + 4)
}

/** Writes the sequences of one block. */
class BlockWriter implements MatchSink {
  readonly #input: Uint8Array
  readonly #output: Uint8Array
  #position: number

  constructor(input: Uint8Array, output: Uint8Array, position: number) {
    this.#input = input
    this.#output = output
    this.#position = position
  }

  /** Writes the block and returns the position after it. */
  write(start: number, end: number): number {
    const literalStart = findMatches(this.#input, start, end, this)
    this.#literals(literalStart, end, 0)
    return this.#position
  }

  match(literalStart: number, matchStart: number, distance: number, length: number): void {
    const rest = length - minMatch
    this.#literals(literalStart, matchStart, Math.min(rest, longLength))
    this.#output[this.#position++] = distance & 0xff
    this.#output[this.#position++] = distance >> 8
    if (rest >= longLength) this.#moreLength(rest - longLength)
  }

  /** Writes a token, of which `matchBits` are the lower half, and literals. */
  #literals(start: number, end: number, matchBits: number): void {
    const length = end - start
    this.#output[this.#position++] = (Math.min(length, longLength) << 4) | matchBits
    if (length >= longLength) this.#moreLength(length - longLength)
    copyLiterals(this.#output, this.#position, this.#input, { start, length })
    this.#position += length
  }

  #moreLength(length: number): void {
    let rest = length
    for (; rest >= 255; rest -= 255) this.#output[this.#position++] = 255
    this.#output[this.#position++] = rest
  }
}
