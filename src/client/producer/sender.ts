/**
 * Sends the records of all producers that share one way of delivery: gathered by partition, to
 * each broker in requests of a batch per partition, again where that may help, never out of order.
 *
 * A broker that is idle is sent what there is; while it is busy, batches fill up until they are
 * full or `lingerMs` old.
 */

import type { Timer } from '../../runtime/runtime.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { BrokerError, ClosedError, InvalidOptionError, KafkaError } from '../failure/errors.ts'
import { isTurnover, isUnsent } from '../failure/delivery-errors.ts'
import { TimeoutError, doubtful } from '../failure/errors.ts'
import { PartitionQueue, type PendingBatch, type ProducerIdentity } from './accumulator.ts'
import { decide } from './delivery-decision.ts'
import { Lane, type Body, type Outcome } from './lane.ts'
import { newIdentity } from './new-identity.ts'
import type { OpenTransaction } from './open-transaction.ts'
import type { DeliveryOptions } from './producer-options.ts'
import { collect } from './request-batches.ts'
import { TopicQueues, waiting, withSettled, type Unplaced } from './topic-queues.ts'

/**
 * Turns of the microtask queue before records are sent: whoever was waiting for the same answer
 * gets to send as well, and shares the batch.
 */
const gatheringTurns = 6
/** A look for a topic has as long as its oldest record, and no less. */
const seekMinMs = 1000
const nothing = Promise.resolve()

export class Sender {
  readonly #cluster: Cluster
  readonly #options: DeliveryOptions
  readonly #transaction: OpenTransaction | undefined
  readonly #topics = new Map<string, TopicQueues>()
  /** Topics that have records which wait, for metadata or for memory, or had some. */
  readonly #waiting = new Set<TopicQueues>()
  readonly #lanes = new Map<number, Lane>()
  /** Queues that have something to send, or in flight. */
  readonly #busy = new Set<PartitionQueue>()
  readonly #unsettled = new Set<PendingBatch>()
  #bufferedBytes = 0
  #identity: ProducerIdentity | undefined
  #isIdentifying = false
  /** Topics that are being asked for. */
  readonly #seeking = new Set<string>()
  #isGathering = false
  /** Calls of `flush` that wait: meanwhile batches are sent though they are not full. */
  #flushes = 0
  #timer: Timer | undefined
  #timerAtMs = Infinity
  #closedBy: KafkaError | undefined

  /** With a `transaction` it has no identity of its own: `renew` gives one. */
  constructor(cluster: Cluster, options: DeliveryOptions, transaction?: OpenTransaction) {
    this.#cluster = cluster
    this.#options = options
    this.#transaction = transaction
    const { compression } = options
    const { codecs } = cluster.platform
    // A codec that is missing is told of before there are records that it would lose.
    if (compression !== 'none' && !codecs[compression]) {
      const expected = ['none', ...Object.keys(codecs)].join(' or ')
      throw new InvalidOptionError({ option: 'compression', expected, actual: compression })
    }
  }

  /** Takes a record; who is to hear of it always does. */
  add(topicName: string, record: Unplaced): void {
    if (this.#closedBy) return record.asker.failed(this.#closedBy, record.index)
    let topic = this.#topics.get(topicName)
    if (!topic) {
      topic = new TopicQueues(topicName, { ...this.#cluster.platform, ...this.#options })
      this.#topics.set(topicName, topic)
    }
    // Records that wait are not overtaken.
    const isFirst = topic.isKnown && topic.unplaced.length === 0
    if (isFirst && this.hasRoom && this.#place(topic, record)) return
    topic.unplaced.push(waiting(record, this.#now()))
    this.#waiting.add(topic)
    if (!topic.isKnown) this.#seek(topicName)
  }

  /** Sends what there is without waiting for more; resolves when all of it is settled. */
  async flush(): Promise<void> {
    const settled = [...this.#unsettled].map(
      (batch) => new Promise<void>((done) => batch.onSettled(done)),
    )
    for (const { unplaced } of this.#waiting) {
      unplaced.forEach((record, index) => {
        settled.push(new Promise((done) => (unplaced[index] = withSettled(record, done))))
      })
    }
    this.#flushes++
    this.wake()
    await Promise.all(settled)
    this.#flushes--
  }

  /** Fails all that is not in flight, and refuses what comes after. */
  close(error: KafkaError = new ClosedError('the producer is closed')): void {
    this.#closedBy = error
    this.#timer?.cancel()
    this.#timerAtMs = Infinity
    for (const topic of this.#topics.values()) this.#failTopic(topic, error)
  }

  /** Begins anew as `identity`, when all that was sent is settled. */
  renew(identity: ProducerIdentity): void {
    this.#closedBy = undefined
    this.#identity = identity
    for (const topic of this.#topics.values()) {
      for (const queue of topic.queues) queue.renumber(identity)
    }
  }

  #now(): number {
    return this.#cluster.platform.clock.monotonic()
  }

  /** Whether records that are added now go into a batch at once. */
  get hasRoom(): boolean {
    return this.#bufferedBytes < this.#options.bufferBytes
  }

  /** Returns whether the record need not wait any more, for whichever reason. */
  #place(topic: TopicQueues, record: Unplaced): boolean {
    const { asker, index } = record
    if (asker.signal?.aborted) {
      asker.failed(asker.signal.reason, index)
      return true
    }
    const queue = topic.queueFor(record)
    if (queue === 'unknown') {
      this.#cluster.forgetTopic(topic.name)
      return false
    }
    if (!(queue instanceof PartitionQueue)) {
      asker.failed(queue, index)
      return true
    }
    const before = queue.openBytes
    const batch = queue.add(record, this.#cluster.platform.clock)
    const isNew = batch.recordCount === 1
    this.#bufferedBytes += isNew ? batch.sizeBytes : batch.sizeBytes - before
    if (!isNew) return true
    this.#unsettled.add(batch)
    batch.onSettled(() => {
      this.#unsettled.delete(batch)
      this.#bufferedBytes -= batch.sizeBytes
    })
    this.#busy.add(queue)
    this.wake()
    return true
  }

  /** Places records that waited, for metadata or for memory, as far as there is room now. */
  #placeWaiting(): void {
    const expiredMs = this.#now() - this.#options.timeoutMs
    for (const topic of this.#waiting) {
      const place = (record: Unplaced): boolean => this.hasRoom && this.#place(topic, record)
      if (topic.isKnown) topic.placeWaiting(expiredMs, place)
      if (topic.unplaced.length === 0) this.#waiting.delete(topic)
      else if (!topic.isKnown) this.#seek(topic.name)
    }
  }

  /** Looks again at what can be sent, once those who run now have had their turn to send. */
  wake(): void {
    if (this.#isGathering) return
    this.#isGathering = true
    void this.#dispatchSoon()
  }

  async #dispatchSoon(): Promise<void> {
    // To wait for the same promise each time makes no new one.
    for (let turn = 0; turn < gatheringTurns; turn++) await nothing
    this.#isGathering = false
    this.#dispatch()
  }

  /** Sends what can be sent now, and sees to it that the rest is looked at again. */
  #dispatch(): void {
    const nowMs = this.#now()
    for (const queue of this.#busy) {
      this.#expire(queue, nowMs)
      if (queue.isEmpty && queue.inFlight.length === 0) this.#busy.delete(queue)
    }
    this.#placeWaiting()
    if (this.#busy.size === 0) return
    if (this.#options.isIdempotent && !this.#identity) return void this.#identify()
    let nextMs = Infinity
    for (const queue of this.#busy) {
      if (queue.isEmpty || queue.isBlocked || this.#transaction?.holds(queue)) continue
      if (queue.notBeforeMs > nowMs) nextMs = Math.min(nextMs, queue.notBeforeMs)
      else this.#laneOf(queue, nowMs)?.ready.push(queue)
    }
    for (const lane of this.#lanes.values()) nextMs = Math.min(nextMs, this.#fill(lane, nowMs))
    this.#dispatchAt(nextMs)
  }

  /** Sends what `lane` takes of what is ready. Returns when more will be old enough to be sent. */
  #fill(lane: Lane, nowMs: number): number {
    const { lingerMs, maxInFlight } = this.#options
    const queues = lane.ready.splice(0)
    while (lane.inFlight < maxInFlight) {
      const isUrgent = lane.inFlight === 0 || this.#flushes > 0 || !this.hasRoom
      const batches = collect(queues, isUrgent ? Infinity : nowMs - lingerMs)
      if (batches.length === 0) break
      void this.#send(lane, batches)
    }
    // The answers that a full lane waits for bring us back here.
    if (lane.inFlight >= maxInFlight) return Infinity
    return Math.min(...queues.map(({ openSinceMs }) => openSinceMs + lingerMs))
  }

  async #send(lane: Lane, batches: readonly PendingBatch[]): Promise<void> {
    const bodies: Body[] = []
    for (const batch of batches) {
      const { topic, partition, identity = this.#identity } = batch.queue
      this.#topics.get(topic)!.leave(partition)
      bodies.push(batch.finish(this.#options.isIdempotent ? identity : undefined))
    }
    const outcomes = await lane.send(batches, bodies)
    batches.forEach((batch, index) => this.#conclude(batch, outcomes[index]!))
    lane.concluded()
    this.wake()
  }

  #conclude(batch: PendingBatch, outcome: Outcome): void {
    const { queue } = batch
    queue.answered(batch)
    if (!KafkaError.is(outcome)) batch.succeed(outcome.baseOffset, outcome.appendTime)
    else this.#failed(batch, outcome)
    if (queue.mustRenumber && queue.inFlight.length === 0) void this.#renumber(queue)
  }

  #failed(batch: PendingBatch, error: KafkaError): void {
    const { queue } = batch
    const { retries, retryBackoffMs, timeoutMs, isIdempotent } = this.#options
    // A broker that restarts, or a leader that is being chosen, is waited for while there is time.
    const isRestarting = isUnsent(error) && this.#cluster.hasConnected
    // It is in the log, and known there when it comes again.
    const isCopying = isIdempotent && error.kafkaName === 'NOT_ENOUGH_REPLICAS_AFTER_APPEND'
    // Metadata has the topic and calls that broker its leader, which has yet to hear of it.
    const isUnheard = error.kafkaName === 'UNKNOWN_TOPIC_OR_PARTITION'
    const isPassing = retries > 0 && (isCopying || isUnheard || isTurnover(error))
    // What came before it was lost: that is no failure of its own.
    const isGap = batch.sequence > 0 && error.kafkaName === 'OUT_OF_ORDER_SEQUENCE_NUMBER'
    if (!isRestarting && !isPassing && !isGap) batch.failures++
    const { failures, maybeApplied } = batch
    // Somebody else may lead the partition by now.
    if (error.retriable || isUnheard) this.#cluster.forgetTopic(queue.topic)
    const isLate = this.#closedBy !== undefined || this.#now() - batch.createdAtMs >= timeoutMs
    const isLast = failures > retries || isLate
    const hasEarlier = queue.hasEarlier(batch) && !this.#closedBy
    const isTransactional = this.#transaction !== undefined
    const attempt = { error, isIdempotent, isTransactional, hasEarlier, maybeApplied, isLast }
    const decision = decide(attempt)
    batch.maybeApplied ||= error.maybeApplied
    if (decision === 'stored') return batch.succeed(-1, -1)
    if (decision === 'renumber' || decision === 'fail-and-renumber') queue.mustRenumber = true
    if (decision === 'retry' || decision === 'renumber') {
      queue.retry(batch)
      queue.notBeforeMs = this.#now() + this.#cluster.backoffMs(failures || 1, retryBackoffMs)
      const { topic, partition } = queue
      const facts = { topic, partition, attempt: failures, error: error.message }
      this.#cluster.logger.debug('sending a batch again', facts)
      return
    }
    if (!batch.maybeApplied) queue.giveBack(batch)
    batch.fail(batch.maybeApplied ? doubtful(error) : error)
  }

  /** Fails batches whose time is up. */
  #expire(queue: PartitionQueue, nowMs: number): void {
    const { timeoutMs } = this.#options
    if (queue.oldestMs > nowMs - timeoutMs) return
    const { topic, partition } = queue
    const message = `cannot send to ${topic}-${partition}: ${timeoutMs} ms have passed`
    this.#failQueue(queue, new TimeoutError(message, { topic, partition }), nowMs - timeoutMs)
  }

  #dispatchAt(timeMs: number): void {
    if (timeMs >= this.#timerAtMs) return
    this.#timer?.cancel()
    this.#timerAtMs = timeMs
    this.#timer = this.#cluster.platform.clock.after(Math.max(0, timeMs - this.#now()), () => {
      this.#timerAtMs = Infinity
      this.#dispatch()
    })
  }

  /** Returns the way to the leader of `queue`; `undefined` while that is not known. */
  #laneOf(queue: PartitionQueue, nowMs: number): Lane | undefined {
    const metadata = this.#cluster.cachedTopic(queue.topic)
    const { metadataMaxAgeMs } = this.#cluster.options
    const isOld = metadata && nowMs - metadata.learnedAtMs > metadataMaxAgeMs
    if (!metadata || isOld) this.#seek(queue.topic)
    if (!metadata) return undefined
    // Others of the client may have looked, too: then it never gets old.
    this.#topics.get(queue.topic)!.learn(metadata)
    const node = metadata.partitions[queue.partition]?.leader ?? -1
    if (node < 0) {
      // Nobody leads the partition, or it is gone with its topic: ask again after a while.
      this.#topics.get(queue.topic)!.leave(queue.partition)
      queue.notBeforeMs = nowMs + this.#cluster.backoffMs(1, this.#options.retryBackoffMs)
      this.#dispatchAt(queue.notBeforeMs)
      this.#cluster.forgetTopic(queue.topic)
      return undefined
    }
    let lane = this.#lanes.get(node)
    if (!lane) {
      lane = new Lane(this.#cluster, node, this.#options, this.#transaction)
      this.#lanes.set(node, lane)
    }
    return lane
  }

  /** Asks for the partitions of a topic and their leaders; then its records can go on. */
  #seek(name: string): void {
    if (this.#seeking.has(name)) return
    this.#seeking.add(name)
    const topic = this.#topics.get(name)!
    const { timeoutMs } = this.#options
    const leftMs = Math.min(topic.oldestMs - this.#now(), 0) + timeoutMs
    const timeout = Math.max(leftMs, Math.min(timeoutMs, seekMinMs))
    this.#cluster
      .topic(name, { timeout })
      .then((metadata) => topic.learn(metadata))
      .catch((error: unknown) => this.#seekFailed(topic, error))
      .finally(() => {
        this.#seeking.delete(name)
        this.wake()
      })
  }

  #seekFailed(topic: TopicQueues, error: unknown): void {
    // What is known will do: it was only to be looked at again.
    const known = this.#cluster.cachedTopic(topic.name)
    if (known) return topic.learn(known)
    if (!(error instanceof TimeoutError)) return this.#failTopic(topic, error)
    // What came later has time left. A look may end a moment before its time.
    const { timeoutMs } = this.#options
    const message = `cannot find topic '${topic.name}': ${timeoutMs} ms have passed`
    const late = new TimeoutError(message, { cause: error.cause, topic: topic.name })
    this.#failTopic(topic, late, this.#now() - timeoutMs + 2)
  }

  /** Fails what is not in flight and waits since `untilMs` or longer. */
  #failTopic(topic: TopicQueues, error: unknown, untilMs = Infinity): void {
    topic.failWaiting(error, untilMs)
    for (const queue of topic.queues) this.#failQueue(queue, error, untilMs)
  }

  /** Fails what is not in flight and was begun at `untilMs` or before. */
  #failQueue(queue: PartitionQueue, error: unknown, untilMs = Infinity): void {
    const batches = queue.remove(untilMs)
    // The last first, so that their numbers can be given back one after the other.
    for (const batch of batches.reverse()) {
      const isDoubtful = batch.maybeApplied && KafkaError.is(error)
      if (!batch.maybeApplied) queue.giveBack(batch)
      batch.fail(isDoubtful ? doubtful(error) : error)
    }
  }

  /** Asks for the identity of this producer; nothing is sent before. */
  async #identify(): Promise<void> {
    if (this.#isIdentifying) return
    this.#isIdentifying = true
    try {
      this.#identity = await newIdentity(this.#cluster, this.#options.timeoutMs)
    } catch (error) {
      for (const topic of this.#topics.values()) this.#failTopic(topic, error)
    } finally {
      this.#isIdentifying = false
    }
    this.wake()
  }

  /** Begins the numbers of a partition anew, under an identity that no batch was sent with. */
  async #renumber(queue: PartitionQueue): Promise<void> {
    const { topic, partition } = queue
    this.#cluster.logger.warn('the broker lost count of a producer', { topic, partition })
    for (const batch of queue.removeDoubtful()) {
      const message = `whether a batch for ${topic}-${partition} was stored cannot be found out`
      const facts = { topic, partition, maybeApplied: true }
      batch.fail(new BrokerError('OUT_OF_ORDER_SEQUENCE_NUMBER', message, facts))
    }
    try {
      queue.renumber(await newIdentity(this.#cluster, this.#options.timeoutMs))
    } catch (error) {
      this.#failQueue(queue, error)
      queue.mustRenumber = false
    }
    this.wake()
  }
}
