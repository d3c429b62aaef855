/**
 * Goes through the records of a batch without making an object of any: it says where each one and
 * its key are, which is what a broker that must look into batches wants to know. See
 * `batch-writer.ts` for the layout of a record.
 */

import type { BatchHeader } from './batch.ts'
import { RecordBytes, invalidRecords } from './record-bytes.ts'

/** Length, attributes, timestamp, offset, key, value and header count take a byte each. */
const smallestRecordBytes = 7

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
  readonly #input = new RecordBytes()
  #remaining = 0
  #lastOffsetDelta = 0

  /**
   * Begins before the first record of `section`, the uncompressed bytes behind a batch's header.
   *
   * @throws InvalidBatchError where it cannot hold as many records as the header says
   */
  reset(section: Uint8Array, header: BatchHeader): void {
    if (header.recordCount > section.length / smallestRecordBytes) {
      throw invalidRecords(`${header.recordCount} records in ${section.length} bytes`)
    }
    this.#input.section = section
    this.#input.position = 0
    this.#remaining = header.recordCount
    this.#lastOffsetDelta = header.lastOffsetDelta
  }

  /** Goes on to the next record; returns whether there is one. @throws InvalidBatchError */
  next(): boolean {
    const input = this.#input
    if (this.#remaining === 0) {
      input.finish()
      return false
    }
    this.#remaining--
    this.start = input.position
    input.begin()
    this.end = input.end
    this.attributesAt = input.position
    input.byte()
    this.timestampDelta = input.varlong()
    this.restStart = input.position
    this.offsetDelta = input.offsetDelta(this.#lastOffsetDelta)
    this.keyLength = input.field()
    this.keyStart = input.position - Math.max(0, this.keyLength)
    this.valueLength = input.field()
    this.valueStart = input.position - Math.max(0, this.valueLength)
    // Headers are passed over.
    input.position = input.end
    return true
  }
}
