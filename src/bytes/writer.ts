/**
 * Collects big-endian values into growing memory. Large byte arrays can be passed through by
 * reference (`external`), so that record data is never copied on its way to a socket.
 */

import { freshMemory } from './fresh-memory.ts'
import { writeText } from './text.ts'
import { uuidToBytes } from './uuid.ts'

const initialBytes = 512
/** Below this size a copy is cheaper than one more piece to send. */
const externalMinBytes = 2048

export class ByteWriter {
  #bytes: Uint8Array
  #view: DataView
  /** What is sealed of the memory ends here, and what is written here. */
  #start = 0
  #end = 0
  #sealed: Uint8Array[] = []
  #sealedBytes = 0

  constructor(sizeHintBytes = initialBytes) {
    const bytes = freshMemory(sizeHintBytes)
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset)
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#sealedBytes + this.#end - this.#start
  }

  int8(value: number): void {
    const start = this.#grow(1)
    this.#view.setInt8(start, value)
  }

  int16(value: number): void {
    const start = this.#grow(2)
    this.#view.setInt16(start, value)
  }

  int32(value: number): void {
    const start = this.#grow(4)
    this.#view.setInt32(start, value)
  }

  int64(value: number): void {
    const start = this.#grow(8)
    this.#view.setInt32(start, Math.floor(value / 2 ** 32))
    this.#view.setUint32(start + 4, value >>> 0)
  }

  /** Writes a 16-byte id from its text form, see `uuid.ts`. */
  uuid(value: string): void {
    this.bytes(uuidToBytes(value))
  }

  /** Writes an unsigned LEB128 varint of at most 32 bits. */
  uvarint(value: number): void {
    let rest = value >>> 0
    let position = this.#grow(5)
    const bytes = this.#bytes
    while (rest >= 0x80) {
      bytes[position++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    bytes[position++] = rest
    this.#end = position
  }

  bytes(value: Uint8Array): void {
    const start = this.#grow(value.length)
    this.#bytes.set(value, start)
  }

  /** Adds `value` by reference where it is large: it must not change until the bytes are sent. */
  external(value: Uint8Array): void {
    if (value.length < externalMinBytes) return this.bytes(value)
    this.#seal()
    this.#sealed.push(value)
    this.#sealedBytes += value.length
  }

  /** Writes UTF-8 without a length in front. */
  utf8(value: string): void {
    const { length } = value
    const start = this.#grow(length * 3)
    this.#end = start + length
    if (putAscii(this.#bytes, start, value)) return
    this.#end = start + writeText(this.#bytes, value, start, length * 3)
  }

  /** Returns what was written as one array; the next write may invalidate it. */
  finish(): Uint8Array {
    if (this.#sealed.length === 0) return this.#bytes.subarray(0, this.#end)
    const whole = new Uint8Array(this.length)
    let position = 0
    for (const piece of this.pieces()) {
      whole.set(piece, position)
      position += piece.length
    }
    return whole
  }

  /** Returns what was written as pieces in order, without copying what was `external`. */
  pieces(): Uint8Array[] {
    this.#seal()
    return this.#sealed
  }

  /** The rest of the memory goes on to be used; only the sealed part may not change. */
  #seal(): void {
    if (this.#end === this.#start) return
    this.#sealed.push(this.#bytes.subarray(this.#start, this.#end))
    this.#sealedBytes += this.#end - this.#start
    this.#start = this.#end
  }

  #grow(length: number): number {
    if (this.#end + length > this.#bytes.length) this.#enlarge(length)
    const start = this.#end
    this.#end += length
    return start
  }

  #enlarge(length: number): void {
    const open = this.#bytes.subarray(this.#start, this.#end)
    const sizeBytes = Math.max(open.length + length, open.length * 2, initialBytes)
    const bytes = freshMemory(sizeBytes)
    bytes.set(open)
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset)
    this.#start = 0
    this.#end = open.length
  }
}

/** Writes `text`, unless it is not ASCII: then it returns `false`. */
export function putAscii(bytes: Uint8Array, start: number, text: string): boolean {
  const { length } = text
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index)
    if (code >= 0x80) return false
    bytes[start + index] = code
  }
  return true
}

/** Returns the length in bytes of `value` as UTF-8. */
export function utf8Length(value: string): number {
  let length = value.length
  for (let index = 0; index < value.length; index++) {
    const code = value.charCodeAt(index)
    if (code < 0x80) continue
    if (code < 0x800) length += 1
    // A surrogate pair is two units and four bytes; a lone surrogate becomes U+FFFD, three bytes.
    else if (isPair(value, index)) {
      length += 2
      index++
    } else length += 2
  }
  return length
}

function isPair(value: string, index: number): boolean {
  const high = value.charCodeAt(index)
  const low = value.charCodeAt(index + 1)
  return high >= 0xd800 && high < 0xdc00 && low >= 0xdc00 && low < 0xe000
}
