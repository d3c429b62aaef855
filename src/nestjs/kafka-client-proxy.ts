/** `KafkaClientProxy`: sends requests and events to services whose transport is Kafka. */

import { ClientProxy, type ReadPacket, type WritePacket } from '@nestjs/microservices'
import { durationMs, type Duration } from '../client/failure/duration.ts'
import { ClosedError, QuotaExceededError, TimeoutError } from '../client/failure/errors.ts'
import { refuse } from '../client/failure/refuse.ts'
import { wholeNumber, type KafkaOptions } from '../client/settings/kafka-options.ts'
import { Kafka as BaseKafka } from '../client/kafka.ts'
import type { Producer } from '../client/producer/producer.ts'
import type { SerdeInput } from '../client/record/serde.ts'
import { Kafka } from '../index-node.ts'
import type { Timer } from '../runtime/runtime.ts'
import { systemClock } from '../runtime/system-runtime.ts'
import { nestLogger } from './nest-logger.ts'
import { ReplyReader } from './reply-reader.ts'
import { nestKey, nestValue, requestHeaders, toMessage, type Reply } from './wire-format.ts'

/** The options of a `KafkaClientProxy`. */
export interface KafkaClientProxyOptions {
  /** A client that is there already, which whoever made it closes; or the options of one. */
  readonly client?: BaseKafka | KafkaOptions
  /** How long to wait for each reply; a request then ends with a `TimeoutError`. @default '30s' */
  readonly replyTimeout?: Duration
  /** Requests that may wait for replies; others are refused at once. @default 10,000 */
  readonly maxPending?: number
  /** Where replies to requests for `pattern` go. @default '<pattern>.reply' */
  readonly replyTopic?: (pattern: string) => string
  /** How values become bytes, and back. @default as Nest's own Kafka transport does it */
  readonly value?: SerdeInput<unknown>
}

interface Pending {
  readonly pattern: string
  readonly replyTopic: string
  readonly callback: (packet: WritePacket) => void
  timer: Timer | undefined
}

/**
 * A pattern is a topic. Data that consists of a `value` with `key`, `headers` and the like is a
 * message; all else is its value. Nothing connects before the first request or event.
 */
export class KafkaClientProxy extends ClientProxy {
  readonly #kafka: BaseKafka
  readonly #isOwned: boolean
  readonly #replyTimeoutMs: number
  readonly #maxPending: number
  readonly #replyTopic: (pattern: string) => string
  readonly #value: SerdeInput<unknown>
  readonly #readers = new Map<string, ReplyReader>()
  readonly #pending = new Map<string, Pending>()

  /** Connects nothing yet. */
  constructor({ client, replyTimeout = '30s', ...options }: KafkaClientProxyOptions = {}) {
    super()
    const { maxPending = 10_000, replyTopic, value, ...others } = options
    // Nest's `ClientsModule` takes any, so that types do not tell.
    refuse(others)
    this.#isOwned = !(client instanceof BaseKafka)
    this.#kafka =
      client instanceof BaseKafka ? client : new Kafka({ logger: nestLogger(), ...client })
    this.#replyTimeoutMs = durationMs('replyTimeout', replyTimeout)
    this.#maxPending = wholeNumber('maxPending', maxPending, 1)
    this.#replyTopic = replyTopic ?? ((pattern) => `${pattern}.reply`)
    this.#value = value ?? nestValue
  }

  connect(): Promise<BaseKafka> {
    return Promise.resolve(this.#kafka)
  }

  /** Requests without a reply end with a `ClosedError`. */
  async close(): Promise<void> {
    for (const id of this.#pending.keys()) {
      this.#settle(id, { err: new ClosedError('the client is closed') })
    }
    await Promise.all([...this.#readers.values()].map((reader) => reader.close()))
    if (this.#isOwned) await this.#kafka.close()
  }

  /** Returns the client. */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- as Nest declares it
  unwrap<Client = BaseKafka>(): Client {
    return this.#kafka as Client
  }

  protected publish(
    { pattern: given, data }: ReadPacket,
    callback: (packet: WritePacket) => void,
  ): () => void {
    const pattern = this.normalizePattern(given as string)
    const replyTopic = this.#replyTopic(pattern)
    if (this.#pending.size >= this.#maxPending) {
      const message = `cannot ask '${pattern}': ${this.#maxPending} requests wait for replies`
      callback({ err: new QuotaExceededError(message, { topic: pattern }) })
      return () => {}
    }
    const id = crypto.randomUUID()
    const pending = { pattern, replyTopic, callback, timer: undefined }
    this.#pending.set(id, pending)
    this.#await(id, pending)
    this.#request(id, pending, data).catch((err: Error) => this.#settle(id, { err }))
    return () => this.#forget(id)
  }

  /** Resolves with where the event is stored. */
  protected async dispatchEvent<Result>({ pattern, data }: ReadPacket): Promise<Result> {
    const { value, ...options } = toMessage(data)
    const producer = this.#producerOf(this.normalizePattern(pattern as string))
    return (await producer.send(value, options)) as Result
  }

  async #request(id: string, { pattern, replyTopic }: Pending, data: unknown): Promise<void> {
    const { value, ...options } = toMessage(data)
    try {
      await this.#readerOf(replyTopic).open()
    } catch (error) {
      // The next request tries anew.
      this.#readers.delete(replyTopic)
      throw error
    }
    if (!this.#pending.has(id)) return
    const address = { correlationId: id, topic: replyTopic, partition: undefined }
    const headers = requestHeaders(options.headers, address)
    const producer = this.#producerOf(pattern)
    await producer.send(value, { ...options, headers })
  }

  #producerOf(topic: string): Producer<unknown, unknown> {
    return this.#kafka.producer<unknown, unknown>(topic, { value: this.#value, key: nestKey })
  }

  #readerOf(topic: string): ReplyReader {
    let reader = this.#readers.get(topic)
    if (!reader) {
      const kafka = this.#kafka
      reader = new ReplyReader({
        kafka,
        topic,
        value: this.#value,
        onReply: (id, reply) => this.#onReply(id, reply),
        onEnd: (error) => this.#onEnd(topic, error),
      })
      this.#readers.set(topic, reader)
    }
    return reader
  }

  #onReply(id: string, { err, response, isDisposed = false }: Reply): void {
    const pending = this.#pending.get(id)
    // Replies to others, and to who waits no longer, are of no interest.
    if (!pending) return
    if (err !== undefined) return this.#settle(id, { err })
    if (isDisposed) return this.#settle(id, { response })
    this.#await(id, pending)
    pending.callback({ response })
  }

  #onEnd(topic: string, err: Error): void {
    this.#readers.delete(topic)
    for (const [id, { replyTopic }] of this.#pending) {
      if (replyTopic === topic) this.#settle(id, { err })
    }
  }

  #await(id: string, pending: Pending): void {
    pending.timer?.cancel()
    pending.timer = systemClock.after(this.#replyTimeoutMs, () => {
      const { pattern } = pending
      const message = `no reply to '${pattern}' came for ${this.#replyTimeoutMs} ms`
      this.#settle(id, { err: new TimeoutError(message, { topic: pattern, maybeApplied: true }) })
    })
  }

  #settle(id: string, last: WritePacket): void {
    const pending = this.#pending.get(id)
    this.#forget(id)
    pending?.callback({ ...last, isDisposed: true })
  }

  #forget(id: string): void {
    this.#pending.get(id)?.timer?.cancel()
    this.#pending.delete(id)
  }
}
