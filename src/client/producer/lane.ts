/**
 * The way to one broker for record batches: requests leave in the order in which they were given,
 * also where one waits for its connection or for a codec.
 */

import { produce, type ProduceRequestInput, type ProduceResponse } from '../../protocol/produce.ts'
import type { BrokerChannel } from '../cluster/broker-channel.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { brokerError } from '../failure/delivery-errors.ts'
import { DisconnectedError, KafkaError, messageOf, TimeoutError } from '../failure/errors.ts'
import type { PartitionQueue, PendingBatch } from './accumulator.ts'
import type { OpenTransaction } from './open-transaction.ts'
import type { DeliveryOptions } from './producer-options.ts'

/** Version 13 names topics by id. */
const produceMaxVersion = 12

export interface Stored {
  readonly baseOffset: number
  /** The broker's time where the topic uses that, else -1. */
  readonly appendTime: number
}

/** What became of one batch. */
export type Outcome = Stored | KafkaError

/** What a batch is as bytes, once a codec is done with it. */
export type Body = Uint8Array | Promise<Uint8Array>
type TopicInput = ProduceRequestInput['topicData'][number]

const unknownPlace: Stored = Object.freeze({ baseOffset: -1, appendTime: -1 })

export class Lane {
  /** Queues that may be sent from now: while the sender looks through all of them. */
  readonly ready: PartitionQueue[] = []
  readonly #cluster: Cluster
  readonly #node: number
  readonly #options: DeliveryOptions
  readonly #transaction: OpenTransaction | undefined
  #channel: BrokerChannel | undefined
  /** Settles when the request before this one was sent, with why it was not, if so. */
  #previous: Promise<KafkaError | undefined> | undefined
  #inFlight = 0
  /** Of those in flight, requests that did not leave yet. */
  #waiting = 0
  /** How often a request was lost. */
  #losses = 0

  constructor(
    cluster: Cluster,
    node: number,
    options: DeliveryOptions,
    transaction?: OpenTransaction,
  ) {
    this.#cluster = cluster
    this.#node = node
    this.#options = options
    this.#transaction = transaction
  }

  /** Requests whose answers were not dealt with. */
  get inFlight(): number {
    return this.#inFlight
  }

  /**
   * Sends one batch of each of several partitions; gives what became of each, never rejects. The
   * request counts as in flight until the caller has dealt with that, and says so by `concluded`.
   */
  async send(batches: readonly PendingBatch[], bodies: readonly Body[]): Promise<Outcome[]> {
    this.#inFlight++
    try {
      const channel = this.#channel
      const canGoNow = channel?.isClosed === false && !this.#previous && bodies.every(isBytes)
      const response = canGoNow
        ? this.#request(channel, batches, bodies)
        : this.#requestInTurn(batches, bodies)
      return outcomes(batches, await response)
    } catch (error) {
      this.#losses++
      return batches.map(() => toKafkaError(error))
    }
  }

  /** To be called once for each `send`, when its batches are settled or queued again. */
  concluded(): void {
    this.#inFlight--
  }

  async #requestInTurn(
    batches: readonly PendingBatch[],
    bodies: readonly Body[],
  ): Promise<ProduceResponse | undefined> {
    const previous = this.#previous
    const losses = this.#losses
    const { promise, resolve } = Promise.withResolvers<KafkaError | undefined>()
    this.#previous = promise
    this.#waiting++
    let failure: KafkaError | undefined
    try {
      // What was to come before did not leave: to leave now would be out of order.
      failure = await previous
      // That its time was up says nothing of this one.
      if (failure) throw failure instanceof TimeoutError ? brokenError() : failure
      const ready = await Promise.all(bodies.map((body) => Promise.resolve(body)))
      this.#channel = await this.#nextChannel(losses, this.#leftMs(batches))
      return this.#request(this.#channel, batches, ready)
    } catch (error) {
      failure = toKafkaError(error)
      throw failure
    } finally {
      this.#waiting--
      if (this.#previous === promise) this.#previous = undefined
      resolve(failure)
    }
  }

  /**
   * Returns the connection to send on. 1. A batch is sent, and lost with its connection. 2. The
   * next one is sent on a new connection, before anybody has dealt with the loss. 3. To a broker
   * that does not know the producer yet, it looks like the first. So nothing leaves on a new
   * connection while there are requests from the one before, nor what was given to us before one
   * of those was lost. With `acks` 0, to end it may be how the broker says that it does not lead
   * the partition any more: then who does is to be looked up first.
   */
  async #nextChannel(losses: number, timeoutMs: number): Promise<BrokerChannel> {
    const known = this.#channel
    const isNew = known?.isClosed !== false
    if (known && isNew && this.#options.acks === 0) {
      this.#channel = undefined
      throw brokenError()
    }
    const open = (late: AbortSignal): Promise<BrokerChannel> =>
      this.#cluster.channel({ node: this.#node }, 'requests', late)
    const channel = isNew ? await this.#within(timeoutMs, open) : known
    if (this.#losses !== losses || (isNew && this.#inFlight > this.#waiting)) throw brokenError()
    return channel
  }

  /** Gives `work` so much time: to connect, or to wait for a quota, takes as long as it takes. */
  #within<Result>(
    timeoutMs: number,
    work: (late: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    const late = new AbortController()
    const timer = this.#cluster.platform.clock.after(timeoutMs, () => {
      late.abort(new TimeoutError(`broker ${this.#node} was not ready in time`))
    })
    return work(late.signal).finally(() => timer.cancel())
  }

  /** What was sent late gets no more time than it has left; where others are younger, theirs. */
  #leftMs(batches: readonly PendingBatch[]): number {
    const sinceMs = Math.max(...batches.map(({ createdAtMs }) => createdAtMs))
    const tookMs = this.#cluster.platform.clock.monotonic() - sinceMs
    return Math.max(1, Math.ceil(this.#options.timeoutMs - tookMs))
  }

  #request(
    channel: BrokerChannel,
    batches: readonly PendingBatch[],
    bodies: readonly Uint8Array[],
  ): Promise<ProduceResponse | undefined> {
    const { acks } = this.#options
    const timeoutMs = this.#leftMs(batches)
    const transactionalId = this.#transaction?.transactionalId ?? null
    const input = { transactionalId, acks, timeoutMs, topicData: topicData(batches, bodies) }
    const versions = this.#transaction?.produceVersions ?? { maxVersion: produceMaxVersion }
    const options = { ...versions, timeoutMs }
    if (acks === 0) return channel.post(produce, input, options)
    return channel.gate.queueFor()
      ? this.#within(timeoutMs, (signal) => channel.request(produce, input, { ...options, signal }))
      : channel.request(produce, input, options)
  }
}

function isBytes(body: Body): body is Uint8Array {
  return body instanceof Uint8Array
}

function topicData(
  batches: readonly PendingBatch[],
  bodies: readonly Uint8Array[],
): readonly TopicInput[] {
  const topics = new Map<string, { index: number; records: Uint8Array }[]>()
  for (const [index, { queue }] of batches.entries()) {
    const partition = { index: queue.partition, records: bodies[index]! }
    const partitions = topics.get(queue.topic)
    if (partitions) partitions.push(partition)
    else topics.set(queue.topic, [partition])
  }
  return Array.from(topics, ([name, partitionData]) => ({ name, partitionData }))
}

function outcomes(
  batches: readonly PendingBatch[],
  response: ProduceResponse | undefined,
): Outcome[] {
  // Nothing is known of what was sent without asking for an answer.
  if (!response) return batches.map(() => unknownPlace)
  return batches.map(({ queue: { topic, partition } }) => {
    const answer = response.responses
      .find(({ name }) => name === topic)
      ?.partitionResponses.find(({ index }) => index === partition)
    const facts = { topic, partition }
    if (!answer) {
      const message = `the broker said nothing of ${topic}-${partition}`
      return new DisconnectedError(message, { ...facts, maybeApplied: true })
    }
    const { errorCode, errorMessage, baseOffset, logAppendTimeMs } = answer
    if (errorCode === 0) return { baseOffset, appendTime: logAppendTimeMs }
    return brokerError(`send to ${topic}-${partition}`, { errorCode, errorMessage, ...facts })
  })
}

function brokenError(): KafkaError {
  return new DisconnectedError('the connection broke before this batch could be sent')
}

function toKafkaError(error: unknown): KafkaError {
  if (KafkaError.is(error)) return error
  return new DisconnectedError(`cannot send: ${messageOf(error)}`, { cause: error })
}
