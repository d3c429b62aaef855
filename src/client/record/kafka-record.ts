/** A record as programs see it. Key, value and headers are decoded when they are looked at. */

import type { RecordData, RecordHeaderData } from '../../record/batch-reader.ts'
import type { SerializationError } from '../failure/errors.ts'
import type { OperationOptions } from '../settings/kafka-options.ts'
import { serializationError, type Serde } from './serde.ts'

/** What all records of one partition share. */
export interface RecordOrigin {
  readonly topic: string
  readonly partition: number
  readonly value: Serde<unknown>
  readonly key: Serde<unknown>
  /** Commits that everything before `offset` is processed. */
  commit(offset: number, options: OperationOptions): Promise<void>
  commitLater(offset: number): void
}

const notDecoded = Symbol('not decoded')
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** A record of a topic. What it looks like is decoded when somebody looks. */
export class KafkaRecord<Value = unknown, Key = string> {
  readonly #data: RecordData
  readonly #origin: RecordOrigin
  #value: Value | typeof notDecoded = notDecoded

  constructor(data: RecordData, origin: RecordOrigin) {
    this.#data = data
    this.#origin = origin
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

  /** Its place in the partition, from 0. There may be gaps between records. */
  get offset(): number {
    return this.#data.offset
  }

  /**
   * The key; `null` where it has none.
   *
   * @throws SerializationError where the bytes are not such a key
   */
  get key(): Key | null {
    return this.#decode('key', this.#data.key, this.#origin.key) as Key | null
  }

  /**
   * The value; `null` for a tombstone, whatever its type says.
   *
   * @throws SerializationError where the bytes are not such a value: this record is bad, and the
   * consumer goes on
   */
  get value(): Value {
    if (this.#value === notDecoded) {
      this.#value = this.#decode('value', this.#data.value, this.#origin.value) as Value
    }
    return this.#value
  }

  /** The key as it was sent; a view that is shared with other records. */
  get rawKey(): Uint8Array | null {
    return this.#data.key
  }

  /** The value as it was sent; a view that is shared with other records. */
  get rawValue(): Uint8Array | null {
    return this.#data.value
  }

  /** When it happened: as the producer said, or as the broker stamped it. */
  get timestamp(): Date {
    return new Date(this.#data.timestamp)
  }

  /** Headers as text. Of several with one name it has the last; `rawHeaders` has all. */
  get headers(): Readonly<Record<string, string>> {
    const pairs = this.#data.headers.map(({ key, value }) => [
      key,
      value === null ? '' : decoder.decode(value),
    ])
    return Object.fromEntries(pairs) as Record<string, string>
  }

  /** All headers in order, with their bytes; a name may come more than once. */
  get rawHeaders(): readonly RecordHeaderData[] {
    return this.#data.headers
  }

  /**
   * Tells the group that everything up to this record in its partition is processed. Commits made
   * at the same time share a request.
   *
   * @throws RebalanceInProgressError where another member has the partition by now
   */
  commit(options: OperationOptions = {}): Promise<void> {
    return this.#origin.commit(this.#data.offset + 1, options)
  }

  /** As `commit`, without waiting for it; the log tells where it fails. */
  commitAsync(): void {
    this.#origin.commitLater(this.#data.offset + 1)
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
      return { topic: this.topic, partition: this.partition, ...this.#data }
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

  #decode(part: 'key' | 'value', bytes: Uint8Array | null, serde: Serde<unknown>): unknown {
    if (bytes === null) return null
    try {
      return serde.deserialize(bytes)
    } catch (cause) {
      throw serializationError('read', part, this, cause)
    }
  }
}
