/** `KafkaTransport`: calls methods with `@MessagePattern` and `@EventPattern` with records. */

import { Server, Transport, type CustomTransportStrategy } from '@nestjs/microservices'
import { concatMap, lastValueFrom, type Observable } from 'rxjs'
import type { ConsumerConfig } from '../client/consumer/consumer-options.ts'
import type { KafkaOptions } from '../client/settings/kafka-options.ts'
import type { KafkaRecord } from '../client/record/kafka-record.ts'
import { Kafka as BaseKafka } from '../client/kafka.ts'
import type { HandlerContext, ProcessOptions } from '../client/consumer/process-options.ts'
import type { SerdeInput } from '../client/record/serde.ts'
import { Kafka } from '../index-node.ts'
import type { Logger } from '../runtime/runtime.ts'
import { systemClock, systemRandom } from '../runtime/system-runtime.ts'
import { KafkaRecordContext } from './kafka-record-context.ts'
import { nestLogger } from './nest-logger.ts'
import { repliesOf } from './replies.ts'
import { Subscription, type SubscriptionState } from './subscription.ts'
import { nestKey, nestValue, replyAddress, replyMessage, type ReplyAddress } from './wire-format.ts'

type OwnedByTransport = 'group' | 'autoCommit' | 'signal' | 'value' | 'key' | 'timeout'

/**
 * A pattern is a topic. The handlers share one consumer: what it takes is said here, with what
 * `consumer.process` takes. An event whose handler fails is tried again, then goes to `deadLetter`;
 * where that is not said, the reading begins anew after a while, with the same event. A request
 * whose handler fails is answered with the error, but for a `KafkaRetriableException`.
 */
export interface KafkaTransportOptions
  extends
    Omit<ConsumerConfig, OwnedByTransport>,
    Pick<ProcessOptions, 'concurrency' | 'ordered' | 'retry' | 'deadLetter'> {
  /** The consumer group: the processes of the service share the work between them. */
  readonly group: string
  /** A client that is there already, which whoever made it closes; or the options of one. */
  readonly client?: BaseKafka | KafkaOptions
  /** How values become bytes, and back. @default as Nest's own Kafka transport does it */
  readonly value?: SerdeInput<unknown>
  /** How long a handler may take with one attempt. @default none */
  readonly handlerTimeout?: ProcessOptions['timeout']
}

/**
 * Calls methods with `@MessagePattern` and `@EventPattern` with records: a strategy for Nest's
 * microservices.
 */
export class KafkaTransport extends Server implements CustomTransportStrategy {
  override readonly transportId = Transport.KAFKA
  readonly #options: KafkaTransportOptions
  readonly #logger: Logger = nestLogger()
  #kafka: BaseKafka | undefined
  #subscription: Subscription | undefined

  /** Connects nothing yet. */
  constructor(options: KafkaTransportOptions) {
    super()
    this.#options = options
  }

  /** How the reading is doing: what a health check looks at. */
  get state(): SubscriptionState | undefined {
    return this.#subscription?.state
  }

  /** Begins to read. Whether brokers are there is not waited for: they may come later. */
  listen(callback: (error?: unknown) => void): void {
    try {
      this.#start()
      callback()
    } catch (error) {
      callback(error)
    }
  }

  /** Resolves once the handlers that run have ended, and what is processed is committed. */
  async close(): Promise<void> {
    await this.#subscription?.stop()
    if (this.#kafka !== this.#options.client) await this.#kafka?.close()
  }

  on(): never {
    throw new Error('there are no events of the transport: look at status and state')
  }

  /** Returns the client. */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- as Nest declares it
  unwrap<Client = BaseKafka>(): Client {
    return this.#kafka as Client
  }

  #start(): void {
    const { client, group, handlerTimeout, value = nestValue, ...config } = this.#options
    this.#kafka =
      client instanceof BaseKafka ? client : new Kafka({ logger: this.#logger, ...client })
    const topics = [...this.messageHandlers.keys()]
    if (topics.length === 0) return
    this.#subscription = new Subscription({
      name: 'KafkaTransport',
      kafka: this.#kafka,
      topics,
      config: {
        ...config,
        value,
        group,
        ...(handlerTimeout === undefined ? {} : { timeout: handlerTimeout }),
      },
      handler: (record, context) => this.#handle(record, context),
      onStatus: (status) => this._status$.next(status),
      logger: this.#logger,
      clock: systemClock,
      random: systemRandom,
    })
    this.#subscription.start()
  }

  async #handle(record: KafkaRecord, handling: HandlerContext): Promise<void> {
    const handler = this.messageHandlers.get(record.topic)
    if (!handler) throw new Error(`no handler has the pattern '${record.topic}'`)
    const context = new KafkaRecordContext([record, handling])
    const address = handler.isEventHandler ? undefined : replyAddress(record.headers)
    const work = async (): Promise<void> => {
      const result: unknown = await handler(record.value, context)
      const results: Observable<unknown> = this.transformToObservable(result)
      if (address) await this.#answer(results, address)
      else await lastValueFrom(results, { defaultValue: undefined })
      this.onProcessingEndHook?.(this.transportId, context)
    }
    try {
      // Whatever its type says, the hook gives back what `work` does: then the record is processed.
      await (this.onProcessingStartHook(this.transportId, context, work) as unknown)
    } catch (error) {
      throw toError(error)
    }
  }

  async #answer(results: Observable<unknown>, address: ReplyAddress): Promise<void> {
    const { topic } = address
    const { value = nestValue } = this.#options
    const producer = this.#kafka!.producer<unknown, unknown>(topic, { value, key: nestKey })
    const sent = repliesOf(results).pipe(
      concatMap(async (reply) => {
        const { value, ...options } = replyMessage(reply, address)
        try {
          await producer.send(value, options)
        } catch (error) {
          // Who asked is gone, or waits in vain; to do the work again would help nobody.
          const { message } = error as Error
          this.#logger.error('a reply was not sent', { topic, error: message })
        }
      }),
    )
    await lastValueFrom(sent, { defaultValue: undefined })
  }
}

/** Nest's filters make plain objects of errors. */
function toError(error: unknown): Error {
  if (error instanceof Error) return error
  const { message } = (error ?? {}) as { readonly message?: unknown }
  return new Error(typeof message === 'string' ? message : String(error), { cause: error })
}
