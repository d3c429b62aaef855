/**
 * Reads LZ4 frames, as Kafka's clients write them: blocks of up to 4 MiB, dependent or not.
 *
 *     frame     magic, flags, block size, [content size 8], [dictionary 4], header checksum 1,
 *               blocks, end mark (a block of size 0), [content checksum 4]
 *     block     size uint32 (with the top bit: stored as it is), data, [checksum 4]
 *     data      sequences; the last one ends after its literals
 *     sequence  token (4 bits literal length, 4 bits match length - 4), [more literal length],
 *               literals, distance uint16, [more match length]
 *
 * Numbers are little-endian. The input is walked twice: first to check it and to learn how much it
 * holds, so that memory is taken only for what is really there. Checksums are not looked at: the
 * batch around the frame has its own.
 */

import { damaged, tooLarge } from './decompression-failures.ts'
import { copyLiterals, copyMatch } from './lz-copy.ts'

const frameMagic = 0x184d2204
/** Frames of user data, which have any of sixteen magic numbers. */
const skippableMagic = 0x184d2a50
const flags = Object.freeze({
  blockChecksum: 0x10,
  contentSize: 0x08,
  contentChecksum: 0x04,
  dictionary: 0x01,
})
const storedBlock = 0x8000_0000
const minMatch = 4
const longLength = 15

/** Returns what the frames in `input` hold. @throws InvalidBatchError */
export function readLz4(input: Uint8Array, maxBytes: number): Uint8Array {
  if (input.length === 0) throw damaged('lz4', 'it is cut off')
  let sizeBytes = 0
  for (const blocks = new BlockCursor(input); blocks.next();) {
    const blockBytes = measureBlock(input, blocks, sizeBytes)
    if (blockBytes > blocks.maxBytes) throw damaged('lz4', 'a block holds more than it may')
    sizeBytes += blockBytes
    if (sizeBytes > maxBytes) throw tooLarge('lz4', maxBytes)
  }
  const output = new Uint8Array(sizeBytes)
  let position = 0
  for (const blocks = new BlockCursor(input); blocks.next();) {
    position = decodeBlock(input, blocks, output, position)
  }
  return output
}

/** Goes from block to block, over all frames. */
class BlockCursor {
  /** Where the data of the block is in the input. */
  start = 0
  end = 0
  isStored = false
  /** The most that a block of this frame may hold. */
  maxBytes = 0
  readonly #input: Uint8Array
  readonly #view: DataView
  #position = 0
  #flags: number | undefined

  constructor(input: Uint8Array) {
    this.#input = input
    this.#view = new DataView(input.buffer, input.byteOffset, input.length)
  }

  /** Moves on, and returns `false` after the last block of the last frame. */
  next(): boolean {
    for (;;) {
      if (this.#flags === undefined && !this.#beginFrame()) return false
      if (this.#flags === undefined) continue
      const size = this.#uint32()
      if (size !== 0) return this.#beginBlock(size, this.#flags)
      if (this.#flags & flags.contentChecksum) this.#skip(4)
      this.#flags = undefined
    }
  }

  /** Reads a frame's header; one of user data leaves the flags `undefined`. */
  #beginFrame(): boolean {
    if (this.#position === this.#input.length) return false
    const magic = this.#uint32()
    if ((magic & ~15) === skippableMagic) {
      this.#skip(this.#uint32())
      return true
    }
    if (magic !== frameMagic) throw damaged('lz4', 'it is not a frame')
    const descriptor = this.#skip(2)
    const bits = this.#input[descriptor]!
    const blockSizeId = (this.#input[descriptor + 1]! >> 4) & 7
    if (bits >> 6 !== 1 || blockSizeId < 4) throw damaged('lz4', 'its header is invalid')
    if (bits & flags.dictionary) throw damaged('lz4', 'it needs a dictionary')
    this.#skip((bits & flags.contentSize ? 8 : 0) + 1)
    this.#flags = bits
    // 64 KiB, 256 KiB, 1 MiB or 4 MiB.
    this.maxBytes = 4 ** (blockSizeId + 4)
    return true
  }

  #beginBlock(size: number, bits: number): true {
    this.isStored = size >= storedBlock
    const length = this.isStored ? size - storedBlock : size
    this.start = this.#skip(length)
    this.end = this.start + length
    if (bits & flags.blockChecksum) this.#skip(4)
    return true
  }

  #uint32(): number {
    return this.#view.getUint32(this.#skip(4), true)
  }

  #skip(length: number): number {
    const start = this.#position
    if (length > this.#input.length - start) throw damaged('lz4', 'it is cut off')
    this.#position += length
    return start
  }
}

/**
 * Returns how much a block holds, and checks all that `decodeBlock` relies on. A match may reach
 * back into the `historyBytes` of the blocks before, though many frames promise not to.
 */
function measureBlock(input: Uint8Array, block: BlockCursor, historyBytes: number): number {
  const { start, end } = block
  if (block.isStored) return end - start
  let size = 0
  let position = start
  while (position < end) {
    const token = input[position++]!
    let literals = token >> 4
    if (literals === longLength) {
      let byte = 255
      while (byte === 255 && position < end) {
        byte = input[position++]!
        literals += byte
      }
    }
    position += literals
    size += literals
    // The last sequence has no match.
    if (position === end) return size
    const distance = input[position]! | (input[position + 1]! << 8)
    position += 2
    if (distance === 0 || distance > historyBytes + size) break
    let match = token & 15
    if (match === longLength) {
      let byte = 255
      while (byte === 255 && position < end) {
        byte = input[position++]!
        match += byte
      }
    }
    size += match + minMatch
  }
  throw damaged('lz4', 'a block does not end where it should')
}

/** Decodes a block that `measureBlock` has checked, and returns the position after it. */
function decodeBlock(
  input: Uint8Array,
  { start, end, isStored }: BlockCursor,
  output: Uint8Array,
  outputPosition: number,
): number {
  if (isStored) {
    output.set(input.subarray(start, end), outputPosition)
    return outputPosition + end - start
  }
  let to = outputPosition
  for (let from = start; ;) {
    const token = input[from++]!
    let literals = token >> 4
    if (literals === longLength) {
      let byte = 255
      while (byte === 255) {
        byte = input[from++]!
        literals += byte
      }
    }
    copyLiterals(output, to, input, { start: from, length: literals })
    from += literals
    to += literals
    if (from === end) return to
    const distance = input[from]! | (input[from + 1]! << 8)
    from += 2
    let match = token & 15
    if (match === longLength) {
      let byte = 255
      while (byte === 255) {
        byte = input[from++]!
        match += byte
      }
    }
    copyMatch(output, to, distance, match + minMatch)
    to += match + minMatch
  }
}
