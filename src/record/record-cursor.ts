/**
 * Goes through the records of a batch without making an object of any: it says where each one and
 * its key are, which is what a broker that must look into batches wants to know. See
 * `batch-writer.ts` for the layout of a record.
 */

import { InvalidBatchError } from './batch.ts'
import type { BatchHeader } from './batch.ts'

/** Length, attributes, timestamp, offset, key, value and header count take a byte each. */
const smallestRecordBytes = 7

const none = new Uint8Array(0)

/** The fields are those of the current record, once `next` has returned `true`. */
export class RecordCursor {
  /** Where the record begins and ends in the section. */
  start = 0
  end = 0
  /** Where its attributes are: behind its length. */
  attributesAt = 0
  /** Where the bytes behind its attributes and timestamp begin. */
  restStart = 0
  offsetDelta = 0
  timestampDelta = 0
  keyStart = 0
  /** -1 for null. */
  keyLength = -1
  valueStart = 0
  /** -1 for null. */
  valueLength = -1
  #section: Uint8Array = none
  #position = 0
  #remaining = 0
  #lastOffsetDelta = 0

  /**
   * Begins before the first record of `section`, the uncompressed bytes behind a batch's header.
   *
   * @throws InvalidBatchError where it cannot hold as many records as the header says
   */
  reset(section: Uint8Array, header: BatchHeader): void {
    if (header.recordCount > section.length / smallestRecordBytes) {
      throw invalid(`${header.recordCount} records in ${section.length} bytes`)
    }
    this.#section = section
    this.#position = 0
    this.#remaining = header.recordCount
    this.#lastOffsetDelta = header.lastOffsetDelta
  }

  /** Goes on to the next record; returns whether there is one. @throws InvalidBatchError */
  next(): boolean {
    if (this.#remaining === 0) {
      if (this.#position !== this.#section.length) throw invalid('bytes follow the last record')
      return false
    }
    this.#remaining--
    this.start = this.#position
    this.end = this.#section.length
    const length = this.#varint()
    if (length < 1 || length > this.end - this.#position) throw invalid(`${length} bytes of record`)
    this.end = this.#position + length
    this.attributesAt = this.#position++
    this.timestampDelta = this.#varlong()
    this.restStart = this.#position
    this.offsetDelta = this.#varint()
    if (this.offsetDelta < 0 || this.offsetDelta > this.#lastOffsetDelta) {
      throw invalid(`offset delta ${this.offsetDelta} is outside the batch`)
    }
    this.keyLength = this.#varint()
    this.keyStart = this.#position
    this.#skip(this.keyLength)
    this.valueLength = this.#varint()
    this.valueStart = this.#position
    this.#skip(this.valueLength)
    this.#position = this.end
    return true
  }

  #skip(length: number): void {
    if (length === -1) return
    if (length < 0 || length > this.end - this.#position) {
      throw invalid(`a field of ${length} bytes, ${this.end - this.#position} are left`)
    }
    this.#position += length
  }

  #byte(): number {
    if (this.#position >= this.end) throw invalid('a record is cut off')
    return this.#section[this.#position++]!
  }

  #varint(): number {
    let byte = this.#byte()
    let value = byte & 0x7f
    for (let shift = 7; byte >= 0x80; shift += 7) {
      byte = this.#byte()
      if (shift === 28 && byte > 0x0f) throw invalid('a varint is longer than 32 bits')
      value |= (byte & 0x7f) << shift
    }
    return (value >>> 1) ^ -(value & 1)
  }

  #varlong(): number {
    const first = this.#byte()
    let value = (first & 0x7f) >>> 1
    let byte = first
    for (let scale = 64; byte >= 0x80; scale *= 128) {
      if (scale > 2 ** 62) throw invalid('a varint is longer than 64 bits')
      byte = this.#byte()
      value += (byte & 0x7f) * scale
    }
    if (!Number.isSafeInteger(value)) throw invalid('a timestamp is not a safe integer')
    return (first & 1) === 0 ? value : -value - 1
  }
}

function invalid(reason: string): InvalidBatchError {
  return new InvalidBatchError('INVALID_RECORD', `records are damaged: ${reason}`)
}
