/** What a program has in hand of a transaction: it sends, and commits offsets along with that. */

import type { Cluster } from '../cluster/cluster.ts'
import { AssignedPartition } from '../consumer/assigned-partition.ts'
import {
  BatchIncompleteError,
  ClosedError,
  InvalidOptionError,
  KafkaError,
} from '../failure/errors.ts'
import type { CommitIdentity } from '../group/offset-committer.ts'
import type { RecordMetadata } from '../producer/accumulator.ts'
import { Producer, type Sendable, type SendOptions } from '../producer/producer.ts'
import type { Sender } from '../producer/sender.ts'
import { KafkaRecord } from '../record/kafka-record.ts'
import type { WriterSerdeInput } from '../record/serde.ts'
import type { OperationOptions } from '../settings/kafka-options.ts'
import type { TransactionConfig } from './transaction-options.ts'
import type { MemberOffsets } from './transactional-producer.ts'

/** Where else to send. */
export interface OtherTopic<Value> {
  /** The name of the other topic. */
  readonly topic: string
  /** How values of that topic become bytes. @default 'json' */
  readonly serde?: WriterSerdeInput<Value>
}

export interface TransactionParts<Value, Key> {
  readonly cluster: Cluster
  readonly sender: Sender
  readonly topic: string
  readonly config: TransactionConfig<Value, Key>
  /** Aborted when the transaction cannot be committed any more. */
  readonly signal: AbortSignal
  /** Called with what makes it impossible to commit. */
  readonly onFailure: (error: unknown) => void
}

interface AnyTopic {
  readonly topic?: string | undefined
  readonly serde?: WriterSerdeInput<unknown>
}

type AnyRecord = KafkaRecord<unknown, unknown>

/** A transaction under way, as its function gets it. */
export class Transaction<Value = unknown, Key = string> {
  /** Aborted once the transaction cannot be committed any more, with the reason. */
  readonly signal: AbortSignal
  readonly #parts: TransactionParts<Value, Key>
  readonly #producers = new Map<string, Map<unknown, Producer<unknown, Key>>>()
  readonly #offsets = new Map<CommitIdentity, Map<AssignedPartition, number>>()
  /** In which round each of them counts: a seek begins another. */
  readonly #rounds = new Map<AssignedPartition, number>()
  #isOver = false
  /** Sends that are not settled. */
  #pendingCount = 0
  #onSettled: (() => void)[] = []

  constructor(parts: TransactionParts<Value, Key>) {
    this.#parts = parts
    this.signal = parts.signal
  }

  /**
   * Sends one record, to the transaction's topic or to another. Nobody sees it before the
   * transaction is committed, which it cannot be once a record could not be sent. The promise need
   * not be awaited.
   *
   * @throws SerializationError, MessageTooLargeError, TopicNotFoundError, TimeoutError, …
   */
  send(
    value: Value | null,
    options?: SendOptions<Key> & { readonly topic?: undefined },
  ): Promise<RecordMetadata>
  send<Other>(
    value: Other | null,
    options: SendOptions<Key> & OtherTopic<Other>,
  ): Promise<RecordMetadata>
  send(
    value: unknown,
    { topic, serde, ...options }: SendOptions<Key> & AnyTopic = {},
  ): Promise<RecordMetadata> {
    return this.#watch(() => this.#producer(topic, serde).send(value, options))
  }

  /**
   * Sends several records, and gives their places in the order given.
   *
   * @throws as `Producer.sendBatch`
   */
  sendBatch(
    items: readonly Sendable<Value, Key>[],
    options?: OperationOptions & { readonly topic?: undefined },
  ): Promise<RecordMetadata[]>
  sendBatch<Other>(
    items: readonly Sendable<Other, Key>[],
    options: OperationOptions & OtherTopic<Other>,
  ): Promise<RecordMetadata[]>
  sendBatch(
    items: readonly unknown[],
    { topic, serde, ...options }: OperationOptions & AnyTopic = {},
  ): Promise<RecordMetadata[]> {
    return this.#watch(() => this.#producer(topic, serde).sendBatch(items, options))
  }

  /**
   * Has everything up to these records, in their partitions, count as processed for their group if
   * the transaction is committed, and only then. Takes a record, or several: a batch.
   *
   * @throws InvalidOptionError where a record comes from a consumer without a group
   */
  commit(records: AnyRecord | Iterable<AnyRecord>): void {
    if (this.#isOver) throw overError()
    for (const record of Symbol.iterator in records ? records : [records]) {
      const origin = KafkaRecord.originOf(record)
      if (!(origin instanceof AssignedPartition)) {
        const expected = 'a record that a consumer has given'
        throw new InvalidOptionError({ option: 'record', expected, actual: record })
      }
      const offsets = this.#offsets.get(origin.identity) ?? new Map<AssignedPartition, number>()
      this.#offsets.set(origin.identity, offsets)
      const isSameRound = this.#rounds.get(origin) === origin.round
      const before = isSameRound ? (offsets.get(origin) ?? 0) : 0
      offsets.set(origin, Math.max(record.offset + 1, before))
      this.#rounds.set(origin, origin.round)
    }
  }

  /** Refuses what comes after. Returns what is to be committed, by member. @internal */
  finish(): MemberOffsets[] {
    this.#isOver = true
    return [...this.#offsets].map(([identity, offsets]) => ({ identity, offsets }))
  }

  /** Resolves when nothing that was sent is under way. @internal */
  settled(): Promise<void> {
    if (this.#pendingCount === 0) return Promise.resolve()
    return new Promise((resolve) => void this.#onSettled.push(resolve))
  }

  /** Has consumers know that their offsets are committed. @internal */
  noteCommitted(): void {
    for (const offsets of this.#offsets.values()) {
      for (const [partition, offset] of offsets) {
        if (partition.round !== this.#rounds.get(partition)) continue
        partition.committed = Math.max(offset, partition.committed ?? 0)
      }
    }
  }

  #watch<Result>(send: () => Promise<Result>): Promise<Result> {
    if (this.#isOver) return Promise.reject(overError())
    this.#pendingCount++
    const sent = send()
    sent.then(
      () => this.#settle(),
      // Who does not wait for it hears of it all the same, when the transaction is not committed.
      (error: unknown) => {
        this.#parts.onFailure(error instanceof BatchIncompleteError ? error.cause : error)
        this.#settle()
      },
    )
    return sent
  }

  #settle(): void {
    if (--this.#pendingCount > 0) return
    for (const resolve of this.#onSettled.splice(0)) resolve()
  }

  #producer(
    name: string | undefined,
    serde: WriterSerdeInput<unknown> | undefined,
  ): Producer<unknown, Key> {
    const { topic, cluster, sender, config } = this.#parts
    const ofTopic = this.#producers.get(name ?? topic) ?? new Map<unknown, Producer<unknown, Key>>()
    this.#producers.set(name ?? topic, ofTopic)
    const known = ofTopic.get(serde)
    if (known) return known
    const isOther = name !== undefined && name !== topic
    const value = serde ?? (isOther ? undefined : config.value)
    const { key, partitioner } = config
    const producer = new Producer<unknown, Key>(name ?? topic, cluster, sender, {
      ...(value === undefined ? {} : { value }),
      ...(key === undefined ? {} : { key }),
      ...(partitioner === undefined ? {} : { partitioner }),
    })
    ofTopic.set(serde, producer)
    return producer
  }
}

function overError(): KafkaError {
  return new ClosedError('the transaction is over')
}
