/**
 * Reads big-endian values from a byte array, front to back.
 *
 * 64-bit integers come as `number`: offsets, timestamps and producer ids must be safe integers, and
 * a value that is not is refused. Views returned by `bytes` share memory with the input.
 */

import { uuidFromBytes } from './uuid.ts'

/** Thrown where bytes cannot be what they claim to be: too short, too long, or out of range. */
export class MalformedBytesError extends Error {
  override readonly name: string = 'MalformedBytesError'
}

/** Thrown where a value needs more bytes than are left. */
export class EndOfBytesError extends MalformedBytesError {
  override readonly name = 'EndOfBytesError'
}

/** Keeps a byte order mark, which is a character like any other. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const two32 = 2 ** 32

export class ByteReader {
  readonly #view: DataView
  readonly #bytes: Uint8Array
  #position: number
  #itemsLeft = Infinity

  constructor(bytes: Uint8Array, position = 0) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#position = position
  }

  get position(): number {
    return this.#position
  }

  get remaining(): number {
    return this.#bytes.length - this.#position
  }

  /** From here on, arrays may have `max` items together. */
  limitItems(max: number): void {
    this.#itemsLeft = max
  }

  /**
   * Takes note that an array of `count` items follows.
   *
   * @throws MalformedBytesError where there cannot be so many, or more than are wanted
   */
  items(count: number): void {
    // No item is shorter than a byte, so a larger count is a lie, and must not cost memory.
    if (count > this.remaining) {
      throw new MalformedBytesError(`${count} items in ${this.remaining} bytes`)
    }
    this.#itemsLeft -= count
    if (this.#itemsLeft < 0) throw new MalformedBytesError('there are too many items')
  }

  int8(): number {
    return this.#view.getInt8(this.#take(1))
  }

  int16(): number {
    return this.#view.getInt16(this.#take(2))
  }

  int32(): number {
    return this.#view.getInt32(this.#take(4))
  }

  uint32(): number {
    return this.#view.getUint32(this.#take(4))
  }

  /** Reads a 64-bit integer. @throws MalformedBytesError where it is not a safe integer */
  int64(): number {
    const start = this.#take(8)
    const value = this.#view.getInt32(start) * two32 + this.#view.getUint32(start + 4)
    if (!Number.isSafeInteger(value)) {
      throw new MalformedBytesError(`64-bit value ${value} is not a safe integer`)
    }
    return value
  }

  /** Reads a 16-byte id in Kafka's text form, see `uuid.ts`. */
  uuid(): string {
    return uuidFromBytes(this.bytes(16))
  }

  /** Reads an unsigned LEB128 varint of at most 32 bits. */
  uvarint(): number {
    const bytes = this.#bytes
    let position = this.#position
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = bytes[position++]
      if (byte === undefined) throw new EndOfBytesError('varint is cut off')
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) {
        if (value >= two32) break
        this.#position = position
        return value
      }
    }
    throw new MalformedBytesError('varint is longer than 32 bits')
  }

  /** Reads `length` bytes of UTF-8. @throws where they are not valid UTF-8 */
  string(length: number): string {
    const start = this.#take(length)
    // Most strings are short names: decoding those here beats a call into the runtime.
    if (length < 16) {
      const short = asciiString(this.#bytes, start, length)
      if (short !== undefined) return short
    }
    try {
      return decoder.decode(this.#bytes.subarray(start, start + length))
    } catch (cause) {
      throw new MalformedBytesError('string is not valid UTF-8', { cause })
    }
  }

  /** Returns a view of the next `length` bytes, not a copy. */
  bytes(length: number): Uint8Array {
    const start = this.#take(length)
    return this.#bytes.subarray(start, start + length)
  }

  skip(length: number): void {
    this.#take(length)
  }

  #take(length: number): number {
    if (length < 0 || length > this.remaining) {
      throw new EndOfBytesError(`${length} bytes wanted, ${this.remaining} left`)
    }
    const start = this.#position
    this.#position += length
    return start
  }
}

function asciiString(bytes: Uint8Array, start: number, length: number): string | undefined {
  let text = ''
  for (let index = start; index < start + length; index++) {
    const byte = bytes[index]!
    if (byte >= 0x80) return undefined
    text += String.fromCharCode(byte)
  }
  return text
}
