/** `Kafka`: the client that programs begin with. It holds the connections that all else shares. */

import { Admin } from './admin/admin.ts'
import { Cluster } from './cluster/cluster.ts'
import { BatchConsumer, type BatchConsumerConfig } from './consumer/batch-consumer.ts'
import { ConsumerCore } from './consumer/consumer-core.ts'
import { Consumer } from './consumer/consumer.ts'
import { resolveConsumerConfig, type ConsumerConfig } from './consumer/consumer-options.ts'
import { abortable, failureWithin } from './failure/deadline.ts'
import { durationMs } from './failure/duration.ts'
import { ClosedError, InvalidOptionError } from './failure/errors.ts'
import { refuse } from './failure/refuse.ts'
import { delay } from './failure/retry.ts'
import type { RecordMetadata } from './producer/accumulator.ts'
import { AsyncProducer } from './producer/async-producer.ts'
import { Producer, type SendOptions } from './producer/producer.ts'
import { resolveDelivery, type ProducerConfig } from './producer/producer-options.ts'
import { Sender } from './producer/sender.ts'
import type { KafkaRecord } from './record/kafka-record.ts'
import type { ClientRun } from './running.ts'
import { resolveKafkaOptions, wholeNumber } from './settings/kafka-options.ts'
import type {
  KafkaOptions,
  OperationOptions,
  ResolvedKafkaOptions,
} from './settings/kafka-options.ts'
import type { Platform } from './settings/platform.ts'
import type { TransactionWork } from './transaction/run-transaction.ts'
import type { TransactionConfig } from './transaction/transaction-options.ts'
import type { Transactions } from './transaction/transactions.ts'

/** A client. It holds the connections that all else shares. */
export class Kafka {
  readonly #options: ResolvedKafkaOptions
  readonly #cluster: Cluster
  readonly #admin: Admin
  /** By what their producers agree on. */
  readonly #senders = new Map<string, Sender>()
  readonly #consumers = new Set<{ close(): Promise<void>; hurry?(): void }>()
  /** Loaded when there is one. */
  #transactions: Promise<Transactions> | undefined
  /** Ends when all that is left is done. */
  #closing: Promise<void> | undefined
  #closed: Promise<void> | undefined
  /** Resolves when a `close` has given up what was left: others have nothing to wait for. */
  readonly #givenUp = Promise.withResolvers<void>()

  /** Nothing connects before the first operation. @throws InvalidOptionError */
  constructor(options: KafkaOptions = {}, platform: Platform) {
    this.#options = resolveKafkaOptions(options, platform)
    this.#cluster = new Cluster(this.#options, platform)
    this.#admin = new Admin(this.#cluster)
  }

  /** Where the brokers are, without user and password. */
  get url(): string {
    return this.#options.url
  }

  /** Topics, groups, configs, users and ACLs. */
  get admin(): Admin {
    return this.#admin
  }

  /**
   * Returns a producer for `topic`. Producers that are configured alike share batches and memory,
   * so one more of them costs nothing.
   *
   * @throws InvalidOptionError
   */
  producer<Value = unknown, Key = string>(
    topic: string,
    config: ProducerConfig<Value, Key> = {},
  ): Producer<Value, Key> {
    this.#assertOpen()
    chosenTopics(topic)
    return this.#openProducer(topic, config)
  }

  /** As `producer`, for sending without waiting: it reports what became of each record. */
  asyncProducer<Value = unknown, Key = string>(
    topic: string,
    config: ProducerConfig<Value, Key> = {},
  ): AsyncProducer<Value, Key> {
    return new AsyncProducer(this.producer(topic, config), this.#options.logger)
  }

  /** Sends one record. */
  produce<Value = unknown, Key = string>(
    topic: string,
    value: Value | null,
    options: SendOptions<Key> & Pick<ProducerConfig<Value, Key>, 'acks' | 'compression'> = {},
  ): Promise<RecordMetadata> {
    const { acks, compression, ...send } = options
    const { key: _key, headers: _headers, partition: _partition, ...rest } = send
    const { timestamp: _timestamp, signal: _signal, timeout: _timeout, ...others } = rest
    refuse(others)
    const config = {
      ...(acks === undefined ? {} : { acks }),
      ...(compression ? { compression } : {}),
    }
    return this.producer<Value, Key>(topic, config).send(value, send)
  }

  /**
   * Runs `work` in a transaction: what it sends, to one or more topics, and the offsets that it
   * commits count all together once it returns, or not at all where it throws.
   *
   * @throws what made it impossible to commit; with `maybeApplied` where it may be committed all
   * the same, since the answer to that is missing
   */
  async transaction<Value = unknown, Key = string, Result = unknown>(
    topic: string,
    work: TransactionWork<Value, Key, Result>,
    config: TransactionConfig<Value, Key> = {},
  ): Promise<Result> {
    return (await this.#loadTransactions()).run(topic, work, config)
  }

  /**
   * Takes `config.transactionalId` over, and aborts what a program before has left open under it.
   * Call it at the start, with the config of the transactions to come: what was open when a program
   * was killed holds up its group, and all who read what it writes, until then, or until its
   * `transactionTimeout` is over. The first transaction does the same, which is too late where a
   * consumer has to give it a record first. Whoever still uses the id is refused from then on, with
   * the code `producer_fenced` or `invalid_producer_epoch`, until they take it back by this. Before
   * Apache Kafka 4 that happens, rarely, to the only one, too, when a coordinator is lost while it
   * gives out an epoch.
   */
  async initTransactions<Value = unknown, Key = string>(
    config: TransactionConfig<Value, Key> & { readonly transactionalId: string },
  ): Promise<void> {
    await (await this.#loadTransactions()).initialise(config)
  }

  /**
   * Returns a consumer of one or more topics; nothing is read before its first record is asked for.
   *
   * A `RegExp` stands for all topics whose names match, but for those that Kafka keeps for itself
   * and others that begin with `__`. None is created, and none has to be there yet. Which there are
   * is looked at as often as the client's `metadataMaxAge` says: then new ones are read, too, and
   * deleted ones are left. Where a new one is begun with is what `offset` says with a group, as in
   * Java, so that `'latest'` leaves out what came before the look; without a group it is the
   * beginning.
   *
   * @throws InvalidOptionError
   */
  consumer<Value = unknown, Key = string>(
    topics: string | readonly string[] | RegExp,
    config: ConsumerConfig<Value, Key> = {},
  ): Consumer<Value, Key> {
    return new Consumer(this.#consumerCore(chosenTopics(topics), config))
  }

  /**
   * Runs `handler` for each record, one after the other, until `config.signal` is aborted or the
   * client is closed. A record whose handler is done is processed, which is committed now and then
   * unless `autoCommit` is false. Where a handler throws, the consumer is closed.
   *
   * @throws whatever `handler` threw
   */
  async consume<Value = unknown, Key = string>(
    topics: string | readonly string[] | RegExp,
    config: ConsumerConfig<Value, Key>,
    handler: (record: KafkaRecord<Value, Key>) => unknown,
  ): Promise<void> {
    const { signal, ...rest } = config
    const consumer = this.consumer(topics, { autoCommit: true, ...rest })
    await consumer.forEach(handler, signal ? { signal } : {})
  }

  /** Returns a consumer that gives several records at a time. @throws InvalidOptionError */
  batchConsumer<Value = unknown, Key = string>(
    topics: string | readonly string[] | RegExp,
    config: BatchConsumerConfig<Value, Key> = {},
  ): BatchConsumer<Value, Key> {
    const { batchSize = config.maxPollRecords ?? 500, batchTimeout = '1s', ...rest } = config
    return new BatchConsumer(this.#consumerCore(chosenTopics(topics), rest), {
      batchSize: wholeNumber('batchSize', batchSize, 1),
      batchTimeoutMs: durationMs('batchTimeout', batchTimeout),
    })
  }

  /**
   * Sends what is left, closes consumers and connections. It always settles, also where the broker
   * is gone: what could not be sent is rejected, with `maybeApplied` where it was under way.
   *
   * A record has as long as it ever had, by the timeout of the client or of its producer. With a
   * `timeout` here, or a `signal`, all that is left is given up then: also where it is being closed
   * without one already. With a `timeout` of 0 nothing is waited for: records, commits and the
   * goodbyes to groups are sent at once, as for a page that is being left.
   */
  async close({ timeout, signal }: OperationOptions = {}): Promise<void> {
    const timeoutMs = timeout === undefined ? undefined : durationMs('timeout', timeout)
    const { clock } = this.#cluster.platform
    const ended = (this.#closing ??= Promise.race([this.#end(), this.#givenUp.promise]))
    if (timeoutMs === 0) {
      // Else they would leave only behind consumers that wait for an answer.
      for (const sender of this.#senders.values()) void sender.flush()
      this.#hurry()
    }
    await (timeoutMs === undefined
      ? abortable(ended, signal).catch(() => undefined)
      : failureWithin({ clock, timeoutMs, signal }, () => ended))
    this.#givenUp.resolve()
    const reason = new ClosedError('the client is closed')
    for (const sender of this.#senders.values()) sender.close(reason)
    // Who is still in a group would keep its partitions from others.
    if (this.#hurry()) await delay(0, clock)
    await (this.#closed ??= this.#cluster.close())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** Runs what is built on top of a client, which ends before the client does. */
  protected runUntilClosed(run: (cluster: Cluster) => ClientRun): ClientRun {
    this.#assertOpen()
    const running = run(this.#cluster)
    this.#consumers.add(running)
    const forget = (): void => void this.#consumers.delete(running)
    running.finished.then(forget, forget)
    return running
  }

  /** Has consumers that are still being closed leave at once. Returns whether there are any. */
  #hurry(): boolean {
    const hurried = [...this.#consumers].filter((consumer) => 'hurry' in consumer)
    for (const consumer of hurried) consumer.hurry?.()
    return hurried.length > 0
  }

  #loadTransactions(): Promise<Transactions> {
    this.#assertOpen()
    this.#transactions ??= import('./transaction/transactions.ts').then(
      ({ Transactions }) => new Transactions(this.#cluster),
    )
    return this.#transactions
  }

  #assertOpen(): void {
    if (this.#closing) throw new ClosedError('the client is closed')
  }

  #openProducer<Value, Key>(
    topic: string,
    config: ProducerConfig<Value, Key>,
  ): Producer<Value, Key> {
    return new Producer(topic, this.#cluster, this.#senderFor(config), config)
  }

  #senderFor<Value, Key>(config: ProducerConfig<Value, Key>): Sender {
    const delivery = resolveDelivery(config, this.#options)
    const key = JSON.stringify(delivery)
    let sender = this.#senders.get(key)
    if (!sender) {
      sender = new Sender(this.#cluster, delivery)
      this.#senders.set(key, sender)
    }
    return sender
  }

  #consumerCore<Value, Key>(
    topics: readonly string[] | RegExp,
    config: ConsumerConfig<Value, Key>,
  ): ConsumerCore<Value, Key> {
    this.#assertOpen()
    const core = new ConsumerCore<Value, Key>(
      this.#cluster,
      topics,
      resolveConsumerConfig(config),
      {
        // Also while the client is being closed, which waits for its consumers first.
        openDeadLetters: (topic) => this.#openProducer(topic, { value: 'bytes', key: 'bytes' }),
        onClosed: () => this.#consumers.delete(core),
      },
    )
    this.#consumers.add(core)
    return core
  }

  async #end(): Promise<void> {
    const transactions = await this.#transactions?.catch(() => undefined)
    await transactions?.close()
    await Promise.all([...this.#consumers].map((consumer) => consumer.close()))
    await Promise.all([...this.#senders.values()].map((sender) => sender.flush()))
  }
}

function chosenTopics(topics: string | readonly string[] | RegExp): readonly string[] | RegExp {
  if (topics instanceof RegExp) return topics
  const names = Array.isArray(topics) ? [...new Set<string>(topics)] : [topics as string]
  // Programs without types pass on what another client took here.
  if (names[0] && names.every((name) => name && typeof name === 'string')) return names
  throw new InvalidOptionError({ option: 'topics', expected: 'a topic or more', actual: topics })
}
