/**
 * Reads the parts of records front to back: lengths, varints and fields, none of which may lie
 * beyond the end of their record. See `batch-writer.ts` for the layout of a record.
 */

import { InvalidBatchError } from './batch.ts'

const none = new Uint8Array(0)

export class RecordBytes {
  /** The uncompressed bytes behind a batch's header. */
  section: Uint8Array = none
  position = 0
  /** End of the record that is being read. */
  end = 0

  /** Begins the next record: reads its length. */
  begin(): void {
    this.end = this.section.length
    const length = this.varint()
    const left = this.end - this.position
    if (length < 0 || length > left) {
      throw invalidRecords(`a record of ${length} bytes, ${left} are left`)
    }
    this.end = this.position + length
  }

  /** Ends behind the last record. */
  finish(): void {
    if (this.position !== this.section.length) throw invalidRecords('bytes follow the last record')
  }

  byte(): number {
    if (this.position >= this.end) throw invalidRecords('a record is cut off')
    return this.section[this.position++]!
  }

  /** Reads the offset of a record in its batch, whose last one is `last`. */
  offsetDelta(last: number): number {
    const delta = this.varint()
    if (delta >= 0 && delta <= last) return delta
    throw invalidRecords(`offset delta ${delta} is outside the batch`)
  }

  /** Goes beyond a field and returns its length, which is -1 for null. */
  field(): number {
    const length = this.varint()
    if (length === -1) return length
    const left = this.end - this.position
    if (length < 0 || length > left) {
      throw invalidRecords(`a field of ${length} bytes, ${left} are left`)
    }
    this.position += length
    return length
  }

  varint(): number {
    const first = this.byte()
    if (first < 0x80) return (first >>> 1) ^ -(first & 1)
    let value = first & 0x7f
    for (let shift = 7; shift < 35; shift += 7) {
      const byte = this.byte()
      // Of the fifth byte only four bits fit.
      if (shift === 28 && byte > 0x0f) break
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1)
    }
    throw invalidRecords('a varint is longer than 32 bits')
  }

  varlong(): number {
    const first = this.byte()
    let value = (first & 0x7f) >>> 1
    let byte = first
    for (let scale = 64; byte >= 0x80; scale *= 128) {
      if (scale > 2 ** 62) throw invalidRecords('a varint is longer than 64 bits')
      byte = this.byte()
      value += (byte & 0x7f) * scale
    }
    if (!Number.isSafeInteger(value)) throw invalidRecords('a timestamp is not a safe integer')
    return (first & 1) === 0 ? value : -value - 1
  }
}

export function invalidRecords(reason: string): InvalidBatchError {
  return new InvalidBatchError('INVALID_RECORD', `records are damaged: ${reason}`)
}
