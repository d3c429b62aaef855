/** A record as programs see it. Key, value and headers are decoded when they are looked at. */

import { readText } from '../../bytes/text.ts'
import { viewOf, type RecordCursor, type RecordHeaderData } from '../../record/record-cursor.ts'
import type { SerializationError } from '../failure/errors.ts'
import type { OperationOptions } from '../settings/kafka-options.ts'
import { serializationError, type ReadAt } from './serde.ts'

/** What all records of one partition share. */
export interface RecordOrigin {
  readonly topic: string
  readonly partition: number
  readonly readKey: ReadAt<unknown>
  readonly readValue: ReadAt<unknown>
  /** Commits that everything before `offset` is processed. */
  commit(offset: number, options: OperationOptions): Promise<void>
  commitLater(offset: number): void
}

const notDecoded = Symbol('not decoded')

/** A record of a topic. What it looks like is decoded when somebody looks. */
export class KafkaRecord<Value = unknown, Key = string> {
  /** The records of its batch, and where in them it has its fields; a length of -1 is `null`. */
  readonly #section: Uint8Array
  readonly #keyStart: number
  readonly #keyLength: number
  readonly #valueStart: number
  readonly #valueLength: number
  readonly #headers: readonly RecordHeaderData[]
  readonly #timestamp: number
  readonly #origin: RecordOrigin
  #value: Value | typeof notDecoded = notDecoded
  /** Its place in the partition, from 0. There may be gaps between records. */
  readonly offset: number

  /** Made of what `cursor` is at in `section`. @throws InvalidBatchError @internal */
  constructor(origin: RecordOrigin, section: Uint8Array, cursor: RecordCursor) {
    this.#origin = origin
    this.#section = section
    this.#keyStart = cursor.keyStart
    this.#keyLength = cursor.keyLength
    this.#valueStart = cursor.valueStart
    this.#valueLength = cursor.valueLength
    this.#headers = cursor.headers()
    this.#timestamp = cursor.timestamp
    this.offset = cursor.offset
  }

  /** Returns where `record` comes from, for who commits it in another way. @internal */
  static originOf(record: KafkaRecord<unknown, unknown>): RecordOrigin {
    return record.#origin
  }

  /** The topic that it is in. */
  get topic(): string {
    return this.#origin.topic
  }

  /** The partition that it is in, from 0. */
  get partition(): number {
    return this.#origin.partition
  }

  /**
   * The key; `null` where it has none.
   *
   * @throws SerializationError where the bytes are not such a key
   */
  get key(): Key | null {
    return this.#decode('key') as Key | null
  }

  /**
   * The value; `null` for a tombstone, whatever its type says.
   *
   * @throws SerializationError where the bytes are not such a value: this record is bad, and the
   * consumer goes on
   */
  get value(): Value {
    if (this.#value === notDecoded) {
      this.#value = this.#decode('value') as Value
    }
    return this.#value
  }

  /** The key as it was sent; a view that is shared with other records. */
  get rawKey(): Uint8Array | null {
    return viewOf(this.#section, this.#keyStart, this.#keyLength)
  }

  /** The value as it was sent; a view that is shared with other records. */
  get rawValue(): Uint8Array | null {
    return viewOf(this.#section, this.#valueStart, this.#valueLength)
  }

  /** When it happened: as the producer said, or as the broker stamped it. */
  get timestamp(): Date {
    return new Date(this.#timestamp)
  }

  /** Headers as text. Of several with one name it has the last; `rawHeaders` has all. */
  get headers(): Readonly<Record<string, string>> {
    const pairs = this.#headers.map(({ key, value }) => [
      key,
      value === null ? '' : readText(value, 0, value.length),
    ])
    return Object.fromEntries(pairs) as Record<string, string>
  }

  /** All headers in order, with their bytes; a name may come more than once. */
  get rawHeaders(): readonly RecordHeaderData[] {
    return this.#headers
  }

  /**
   * Tells the group that everything up to this record in its partition is processed. Commits made
   * at the same time share a request.
   *
   * @throws RebalanceInProgressError where another member has the partition by now
   */
  commit(options: OperationOptions = {}): Promise<void> {
    return this.#origin.commit(this.offset + 1, options)
  }

  /** As `commit`, without waiting for it; the log tells where it fails. */
  commitAsync(): void {
    this.#origin.commitLater(this.offset + 1)
  }

  /** Everything there is to see, for JSON and for logs. */
  toJSON(): Readonly<Record<string, unknown>> {
    const { topic, partition, offset, key, value, timestamp, headers } = this
    return { topic, partition, offset, key, value, timestamp, headers }
  }

  [Symbol.for('nodejs.util.inspect.custom')](): unknown {
    try {
      return this.toJSON()
    } catch {
      // What cannot be decoded is shown as it is, since this is how one finds out why.
      const { topic, partition, offset, rawKey: key, rawValue: value, rawHeaders: headers } = this
      return { topic, partition, offset, timestamp: this.#timestamp, key, value, headers }
    }
  }

  /** Returns why the record cannot be read, if it cannot. */
  invalidBecause(): SerializationError | undefined {
    try {
      void [this.key, this.value]
      return undefined
    } catch (error) {
      return error as SerializationError
    }
  }

  #decode(part: 'key' | 'value'): unknown {
    const isKey = part === 'key'
    const length = isKey ? this.#keyLength : this.#valueLength
    if (length < 0) return null
    const start = isKey ? this.#keyStart : this.#valueStart
    try {
      const read = isKey ? this.#origin.readKey : this.#origin.readValue
      return read(this.#section, start, start + length)
    } catch (cause) {
      throw serializationError('read', part, this, cause)
    }
  }
}
