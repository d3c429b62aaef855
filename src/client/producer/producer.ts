/** `Producer`: what programs send records to one topic with. */

import type { RecordHeaderInput } from '../../record/batch-writer.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { withinLimits } from '../failure/deadline.ts'
import { ClosedError, InvalidOptionError } from '../failure/errors.ts'
import { refuse } from '../failure/refuse.ts'
import { serializationError, toSerde, type Serde } from '../record/serde.ts'
import type { OperationOptions } from '../settings/kafka-options.ts'
import type { Asker, RecordMetadata } from './accumulator.ts'
import { BatchPlaces } from './batch-places.ts'
import { observed } from './observed-record.ts'
import type { Partitioner } from './partitioner.ts'
import type { ProducerConfig } from './producer-options.ts'
import type { Sender } from './sender.ts'

/** Headers by name, or as pairs where a name comes more than once. */
export type HeadersInput =
  | Readonly<Record<string, HeaderValue>>
  | readonly (readonly [name: string, value: HeaderValue])[]
type HeaderValue = string | Uint8Array | null

/** What goes along with a value. */
export interface RecordOptions<Key = string> {
  /** Records with the same key go to the same partition. @default none */
  readonly key?: Key | null
  /** Facts about the value that are not part of it. @default none */
  readonly headers?: HeadersInput
  /** The partition to put it into, from 0. @default chosen by the key, else by the producer */
  readonly partition?: number
  /** When what the record tells of happened: a date, or milliseconds since 1970. @default now */
  readonly timestamp?: Date | number
}

/** The options of `producer.send`. */
export interface SendOptions<Key = string> extends RecordOptions<Key>, OperationOptions {}

/** A value with what goes along with it, for `sendBatch`. */
export interface Message<Value, Key = string> extends RecordOptions<Key> {
  /** `null` is a tombstone: in a compacted topic it deletes the key. */
  readonly value: Value | null
}

/**
 * What `sendBatch` takes: values, or messages, which are known by their `key` or `headers`; either
 * may be `null` or empty. Values that look like messages have to be put into messages.
 */
export type Sendable<Value, Key = string> = Value extends { value: unknown } & LabelShape
  ? LabelledMessage<Value, Key>
  : Value | LabelledMessage<Value, Key>
type LabelledMessage<Value, Key> = Message<Value, Key> & LabelShape
type LabelShape = { key: unknown } | { headers: unknown }

const noHeaders: readonly RecordHeaderInput[] = []
const noOptions = Object.freeze({})
const writableKinds = 'text or a Uint8Array'
const messageFields = new Set(['value', 'key', 'headers', 'partition', 'timestamp'])

/**
 * Sends records to one topic. Records of a partition are stored in the order in which they were
 * sent; those that are sent at the same time share requests.
 */
export class Producer<Value = unknown, Key = string> {
  /** The topic that it sends to. */
  readonly topic: string
  readonly #cluster: Cluster
  readonly #sender: Sender
  readonly #value: Serde<Value>
  readonly #key: Serde<Key>
  readonly #partitioner: Partitioner | undefined
  #isClosed = false

  constructor(
    topic: string,
    cluster: Cluster,
    sender: Sender,
    config: Pick<ProducerConfig<Value, Key>, 'value' | 'key' | 'partitioner'>,
  ) {
    this.topic = topic
    this.#cluster = cluster
    this.#sender = sender
    this.#value = toSerde<Value>(config.value ?? 'json')
    this.#key = toSerde<Key>(config.key ?? 'string')
    this.#partitioner = config.partitioner
  }

  /**
   * Sends one record. Resolves when it is stored as safely as `acks` asks for. `null` as a value is
   * a tombstone.
   *
   * @throws SerializationError, MessageTooLargeError, TopicNotFoundError, TimeoutError, …
   */
  send(value: Value | null, options: SendOptions<Key> = {}): Promise<RecordMetadata> {
    return this.#withinLimits(options, (signal) => this.#send(value, options, signal))
  }

  /**
   * Sends several records, and gives their places in the order given.
   *
   * @throws BatchIncompleteError where some could not be sent, saying which; the error itself where
   * none could, all for the same reason
   */
  async sendBatch(
    items: readonly Sendable<Value, Key>[],
    options: OperationOptions = {},
  ): Promise<RecordMetadata[]> {
    const { signal: _signal, timeout: _timeout, ...others } = options
    refuse(others)
    const places = new BatchPlaces(items.length)
    try {
      await this.#withinLimits(options, (signal) => {
        const call = {
          signal,
          timestamp: this.#cluster.platform.clock.now(),
          stored: (metadata: RecordMetadata, index: number) => places.stored(index, metadata),
          failed: (error: unknown, index: number) => places.failed(index, error as Error),
        }
        for (let index = 0; index < items.length; index++) this.#sendOne(items[index]!, call, index)
        return places.settled
      })
    } catch (error) {
      places.failRest(error as Error)
    }
    return places.take()
  }

  /**
   * Sends what still waits to share a batch; resolves when all records sent so far are settled. Who
   * gives that up, by a `timeout` or a `signal`, does not give up the records.
   */
  flush(options: OperationOptions = {}): Promise<void> {
    return this.#withinLimits(options, () => this.#sender.flush())
  }

  /**
   * Sends what is left, as `flush` does, and refuses what comes after. Other producers of the
   * client go on.
   */
  close(options: OperationOptions = {}): Promise<void> {
    this.#isClosed = true
    return this.flush(options)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #withinLimits<Result>(
    options: OperationOptions,
    send: (signal?: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    const { signal, timeout } = options
    if (signal === undefined && timeout === undefined) return send()
    const limits = {
      action: `send to '${this.topic}'`,
      clock: this.#cluster.platform.clock,
      timeoutMs: this.#cluster.timeoutMs(options),
      signal,
      // It has its place among those that are sent.
      maybeApplied: () => true,
    }
    return withinLimits(limits, send)
  }

  #send(
    value: Value | null,
    options: RecordOptions<Key>,
    signal?: AbortSignal,
  ): Promise<RecordMetadata> {
    const timestamp = this.#cluster.platform.clock.now()
    return new Promise((stored, failed) => {
      this.#add(value, options, { signal, timestamp, stored, failed }, 0)
    })
  }

  /** Sends one of several; nothing is thrown. */
  #sendOne(item: Sendable<Value, Key>, call: Call, index: number): void {
    try {
      if (isMessage<Value, Key>(item)) this.#add(item.value, item, call, index)
      else this.#add(item as Value, noOptions, call, index)
    } catch (error) {
      call.failed(error, index)
    }
  }

  #add(value: Value | null, options: RecordOptions<Key>, call: Call, index: number): void {
    if (this.#isClosed) throw new ClosedError(`the producer of '${this.topic}' is closed`)
    const { key = null, headers, partition, timestamp } = options
    const { observer } = this.#cluster.options
    const record = {
      key: key === null ? null : this.#serialize('key', this.#key, key),
      value: value === null ? null : this.#serialize('value', this.#value, value),
      headers: headers === undefined ? noHeaders : headerList(headers),
      timestamp: timestamp === undefined ? call.timestamp : timestampMs(timestamp),
      partition,
      partitioner: this.#partitioner,
      asker: call,
      index,
    }
    this.#sender.add(
      this.topic,
      observer ? observed(record, { topic: this.topic, key, value }, observer) : record,
    )
  }

  #serialize<Part>(part: 'key' | 'value', serde: Serde<Part>, value: Part): Uint8Array | string {
    try {
      const bytes = serde.serialize(value)
      if (isBytes(bytes)) return bytes
      throw new TypeError(`a serde gives ${writableKinds}, not ${typeof bytes}`)
    } catch (cause) {
      throw serializationError('write', part, { topic: this.topic }, cause)
    }
  }
}

/** A call of `send` or `sendBatch`. */
interface Call extends Asker {
  /** When it was made: of records that have no time of their own. */
  readonly timestamp: number
}

function isMessage<Value, Key>(item: unknown): item is Message<Value, Key> {
  if (typeof item !== 'object' || item === null || !('value' in item)) return false
  if (!('key' in item) && !('headers' in item)) return false
  for (const name in item) if (!messageFields.has(name)) return false
  return true
}

function headerList(headers: HeadersInput): readonly RecordHeaderInput[] {
  const pairs = Array.isArray(headers) ? headers : Object.entries(headers)
  return (pairs as readonly (readonly [string, HeaderValue])[]).map(([key, value]) => {
    if (value === null || isBytes(value)) return { key, value }
    const expected = `${writableKinds}, or null`
    throw new InvalidOptionError({ option: `headers.${key}`, expected, actual: value })
  })
}

/** Of whatever else has a length, zeros would be written. */
function isBytes(value: unknown): value is Uint8Array | string {
  // Those of another realm, as of a frame or of a test's environment, have another constructor.
  const tag = (value as Uint8Array | undefined)?.[Symbol.toStringTag]
  return typeof value === 'string' || tag === 'Uint8Array'
}

function timestampMs(timestamp: Date | number): number {
  const milliseconds = Number(timestamp)
  if (Number.isSafeInteger(milliseconds) && milliseconds >= 0) return milliseconds
  const expected = 'a date, or milliseconds since 1970'
  throw new InvalidOptionError({ option: 'timestamp', expected, actual: timestamp })
}
