/**
 * Cuts a byte stream into frames: each is a 4-byte big-endian length and that many bytes.
 *
 * Frames that lie whole in one read are handed on as views of the reader's memory, without a copy.
 * A frame that spans reads is collected in memory of its own, which grows as its bytes arrive: the
 * declared length alone never sizes it.
 */

import { giveMemoryBack, takeMemory } from '../bytes/pooled-memory.ts'
import { MalformedBytesError } from '../bytes/reader.ts'
import type { Frame } from './frame.ts'

export const prefixBytes = 4
const growthStartBytes = 64 * 1024
const growthFactor = 4
/** What an HTTP server answers to a Kafka client begins with these letters. */
const httpLength = 0x48545450

export class FrameSplitter {
  readonly #startMaxFrameBytes: number
  #maxFrameBytes: number
  readonly #onFrame: (message: Uint8Array) => void
  /** The frame being collected, with its prefix; `#collected` bytes of it are there. */
  #partial: Uint8Array | undefined
  #collected = 0
  #isPaused = false
  /** A copy of what came while nobody wanted more. */
  #rest: Uint8Array | undefined
  /** Memory of the last rest, which nobody but us writes to. */
  #kept: ArrayBufferLike | undefined

  constructor(options: { maxFrameBytes: number; onFrame: (message: Uint8Array) => void }) {
    this.#startMaxFrameBytes = options.maxFrameBytes
    this.#maxFrameBytes = options.maxFrameBytes
    this.#onFrame = options.onFrame
  }

  /** Whether the stream stands between two frames, where it may end without a loss. */
  get isBetweenFrames(): boolean {
    return this.#partial === undefined && this.#rest === undefined
  }

  /** Refuses longer frames from now on; `undefined` is what it refused at first. */
  limitFrames(maxBytes: number | undefined): void {
    this.#maxFrameBytes = maxBytes ?? this.#startMaxFrameBytes
  }

  /** Keeps what comes from now on, and what is left of the bytes at hand, until `resume`. */
  pause(): void {
    this.#isPaused = true
  }

  /** Hands on what was kept. @throws MalformedBytesError as `push` */
  resume(): void {
    this.#isPaused = false
    const rest = this.#rest
    this.#rest = undefined
    if (rest) this.push(rest)
    if (!this.#rest) this.#kept = undefined
  }

  /** Returns where the next bytes are best read to, or `undefined` for anywhere. */
  readTarget(): Uint8Array | undefined {
    if (this.#rest || !this.#partial || this.#collected < prefixBytes) return undefined
    return this.#partial.subarray(this.#collected)
  }

  /**
   * Takes the next bytes of the stream, from anywhere or from the start of `readTarget()`.
   *
   * @throws MalformedBytesError where a declared length is negative or too large
   */
  push(bytes: Uint8Array): void {
    let position = 0
    while (position < bytes.length) {
      if (this.#isPaused) return this.#keep(bytes.subarray(position))
      position = this.#partial ? this.#collect(bytes, position) : this.#splitWhole(bytes, position)
    }
  }

  #keep(bytes: Uint8Array): void {
    const known = this.#rest
    // What is kept again is ours already: copied each time, a long rest would never be done with.
    if (!known && bytes.buffer === this.#kept) {
      this.#rest = bytes
      return
    }
    const rest = new Uint8Array((known?.length ?? 0) + bytes.length)
    if (known) rest.set(known)
    rest.set(bytes, rest.length - bytes.length)
    this.#rest = rest
    this.#kept = rest.buffer
  }

  /** Hands on the frames that lie whole in `bytes`; returns where it stopped. */
  #splitWhole(bytes: Uint8Array, start: number): number {
    let position = start
    while (bytes.length - position >= prefixBytes) {
      const length = this.#readLength(bytes, position)
      const end = position + prefixBytes + length
      if (end > bytes.length) {
        this.#partial = memoryFor(prefixBytes + length, bytes.length - position)
        return position
      }
      this.#onFrame(bytes.subarray(position + prefixBytes, end))
      position = end
      if (this.#isPaused) return position
    }
    if (position < bytes.length) this.#partial = new Uint8Array(prefixBytes)
    return position
  }

  /** Adds to the frame being collected; returns how far `bytes` were used. */
  #collect(bytes: Uint8Array, position: number): number {
    const partial = this.#partial!
    const count = Math.min(partial.length - this.#collected, bytes.length - position)
    const isInPlace =
      bytes.buffer === partial.buffer &&
      bytes.byteOffset + position === partial.byteOffset + this.#collected
    if (!isInPlace) partial.set(bytes.subarray(position, position + count), this.#collected)
    this.#collected += count
    if (this.#collected === partial.length) this.#finishOrGrow(partial)
    return position + count
  }

  #finishOrGrow(partial: Uint8Array): void {
    const wholeBytes = prefixBytes + this.#readLength(partial, 0)
    if (partial.length < wholeBytes) {
      const larger = memoryFor(wholeBytes, partial.length)
      larger.set(partial)
      giveMemoryBack(partial)
      this.#partial = larger
      return
    }
    this.#partial = undefined
    this.#collected = 0
    this.#onFrame(partial.subarray(prefixBytes))
    // Frames are views that are valid only during the call.
    giveMemoryBack(partial)
  }

  #readLength(bytes: Uint8Array, position: number): number {
    const length =
      (bytes[position]! << 24) |
      (bytes[position + 1]! << 16) |
      (bytes[position + 2]! << 8) |
      bytes[position + 3]!
    if (length < 0 || length > this.#maxFrameBytes) {
      const isHttp = length === httpLength
      const problem = `frame length ${length} is outside [0, ${this.#maxFrameBytes}]`
      throw new MalformedBytesError(isHttp ? 'this port speaks HTTP' : problem)
    }
    return length
  }
}

/** Returns memory for a frame, or for a part of it that is in proportion to what there is of it. */
function memoryFor(wholeBytes: number, arrivedBytes: number): Uint8Array {
  return takeMemory(Math.min(wholeBytes, Math.max(arrivedBytes * growthFactor, growthStartBytes)))
}

/** Returns `frame` behind its length prefix, as few pieces as are worth their cost. */
export function prefixed(frame: Frame, lengthBytes: number): Frame {
  const smallBytes = 4096
  const isSmall = lengthBytes <= smallBytes
  const first = new Uint8Array(prefixBytes + (isSmall ? lengthBytes : 0))
  if (isSmall) putPrefixed(first, 0, frame)
  else putLength(first, 0, lengthBytes)
  return isSmall ? [first] : [first, ...frame]
}

/** Writes `frame` behind its length prefix, and returns the position after it. */
export function putPrefixed(bytes: Uint8Array, position: number, frame: Frame): number {
  let end = position + prefixBytes
  for (const piece of frame) {
    bytes.set(piece, end)
    end += piece.length
  }
  putLength(bytes, position, end - position - prefixBytes)
  return end
}

function putLength(bytes: Uint8Array, position: number, length: number): void {
  bytes[position] = length >>> 24
  bytes[position + 1] = length >>> 16
  bytes[position + 2] = length >>> 8
  bytes[position + 3] = length
}
