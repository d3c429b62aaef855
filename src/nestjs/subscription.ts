/**
 * A handler of records that runs for as long as an application does: where the reading ends with
 * an error, it begins anew after a while.
 */

import type { Consumer } from '../client/consumer/consumer.ts'
import type { ConsumerConfig } from '../client/consumer/consumer-options.ts'
import type { ConsumerStatus } from '../client/consumer/consumer-status.ts'
import { InvalidOptionError, KafkaError } from '../client/failure/errors.ts'
import type { Kafka } from '../client/kafka.ts'
import {
  resolveProcessOptions,
  type ProcessOptions,
  type RecordHandler,
} from '../client/consumer/process-options.ts'
import { backoffMs, delay } from '../client/failure/retry.ts'
import type { Clock, Logger, Random } from '../runtime/runtime.ts'

export interface SubscriptionParts {
  /** Names it in the log: `OrdersService.onOrder`. */
  readonly name: string
  readonly kafka: Kafka
  readonly topics: string | readonly string[] | RegExp
  readonly config: ConsumerConfig & Omit<ProcessOptions, 'signal'>
  readonly handler: RecordHandler<unknown, string>
  /** Told of each status that comes. */
  readonly onStatus?: (status: ConsumerStatus) => void
  readonly logger: Logger
  readonly clock: Clock
  readonly random: Random
}

/** How a subscription is doing, for health checks. */
export interface SubscriptionState {
  /** The class and method of its handler: `OrdersService.onOrder`. */
  readonly name: string
  /** The topics that it reads, or the pattern that their names match. */
  readonly topics: readonly string[]
  /** The group that it reads for; without one it reads all partitions for itself. */
  readonly group: string | undefined
  /** How its consumer is doing; `degraded` also while it waits to begin anew. */
  readonly status: ConsumerStatus
  /** Why it last ended; `undefined` once a record was handled since. */
  readonly error: Error | undefined
}

/** What `consumer.process` takes of the config; dead letters are for the consumer as well. */
const ofHandling: readonly string[] = ['concurrency', 'ordered', 'retry', 'timeout', 'deadLetter']
const firstDelayMs = 1000
const longestDelayMs = 30_000

export class Subscription {
  readonly #parts: SubscriptionParts
  /** How records are handled, of all that `config` says. */
  readonly #handling: Omit<ProcessOptions, 'signal'>
  /** Of the first time that it reads. */
  #consumer: Consumer | undefined
  readonly #stop = new AbortController()
  #running: Promise<void> | undefined
  #status: ConsumerStatus = 'connecting'
  #error: Error | undefined
  /** Each `ClosedError` that a handler threw, of those side by side: something else is closed. */
  readonly #thrown = new WeakSet<KafkaError>()
  #attempt = 0

  /** @throws InvalidOptionError: to begin anew would not help, so that an application ends there */
  constructor(parts: SubscriptionParts) {
    this.#parts = parts
    checkNames(parts.topics)
    const given = Object.entries(parts.config)
    this.#handling = Object.fromEntries(given.filter(([name]) => ofHandling.includes(name)))
    resolveProcessOptions(this.#handling)
    try {
      this.#consumer = this.#openConsumer()
    } catch (error) {
      // Where the client is closed there is nothing to be read, which is no mistake of an option.
      if (!isClosed(error)) throw error
    }
  }

  get state(): SubscriptionState {
    const { name, topics, config } = this.#parts
    return {
      name,
      topics: [topics].flat().map(String),
      group: config.group,
      status: this.#status,
      error: this.#error,
    }
  }

  start(): void {
    this.#running ??= this.#run()
  }

  /** Resolves once the handlers that run have ended, and what is processed is committed. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      try {
        await this.#process(signal)
        // Without an error it ends only where somebody has closed it.
        break
      } catch (error) {
        if (isClosed(error) && !this.#thrown.has(error)) break
        await this.#recover(error)
      }
    }
    this.#became('closed')
  }

  /** Nothing is connected yet. */
  #openConsumer(): Consumer {
    const { kafka, topics, config } = this.#parts
    const { concurrency: _, ordered: __, retry: ___, timeout: ____, ...reading } = config
    return kafka.consumer(topics, reading)
  }

  async #process(signal: AbortSignal): Promise<void> {
    const { handler } = this.#parts
    const consumer = this.#consumer ?? this.#openConsumer()
    this.#consumer = undefined
    consumer.onStatus((status) => {
      // It is closed for good only where it does not begin anew.
      if (status !== 'closed') this.#became(status)
    })
    const handled: RecordHandler<unknown, string> = async (record, context) => {
      try {
        await handler(record, context)
      } catch (error) {
        if (isClosed(error)) this.#thrown.add(error)
        throw error
      }
      this.#attempt = 0
      this.#error = undefined
    }
    await consumer.process(handled, { ...this.#handling, signal })
  }

  #became(status: ConsumerStatus): void {
    this.#status = status
    this.#parts.onStatus?.(status)
  }

  async #recover(error: unknown): Promise<void> {
    const { name, logger, clock, random } = this.#parts
    this.#error = error instanceof Error ? error : new Error(String(error))
    this.#became('degraded')
    const times = { baseMs: firstDelayMs, maxMs: longestDelayMs, random }
    const waitMs = backoffMs({ ...times, attempt: ++this.#attempt })
    logger.error(`${name} has failed, and begins anew`, { error: this.#error.message, waitMs })
    try {
      await delay(waitMs, clock, this.#stop.signal)
    } catch {
      // Stopped: whoever has the partition next tries again.
    }
  }
}

/** A broker would refuse a pattern of another transport, `{ cmd: 'sum' }`, and all beside it. */
function checkNames(topics: SubscriptionParts['topics']): void {
  const names = topics instanceof RegExp ? [] : [topics].flat()
  const actual = names.find((name) => !/^[\w.-]{1,249}$/.test(name))
  if (actual === undefined) return
  const expected = 'names of topics: letters, digits, dots, hyphens and underscores'
  throw new InvalidOptionError({ option: 'topics', expected, actual })
}

function isClosed(error: unknown): error is KafkaError {
  return KafkaError.is(error) && error.code === 'closed'
}
