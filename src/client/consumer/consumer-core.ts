/**
 * What all kinds of consumers are made of: the partitions that they read, what of them the program
 * has in hand, and the way in and out of a group.
 *
 * A record is in hand from when it is taken until it is processed. A partition is handed over to
 * another member only once none of its records is in hand.
 */

import type { Cluster, TopicMetadata } from '../cluster/cluster.ts'
import { keyOf, type TopicPartition } from '../cluster/offset-lookup.ts'
import { partitionsNow, partitionsOf, TopicWatch } from '../cluster/topic-watch.ts'
import { messageOf, type KafkaError } from '../failure/errors.ts'
import type { ConsumerGroup } from '../group/consumer-group.ts'
import type { KafkaRecord } from '../record/kafka-record.ts'
import type { Offset } from '../record/offset.ts'
import { Arrivals } from './arrivals.ts'
import { noGroup, type AssignedPartition, type ConsumerPosition } from './assigned-partition.ts'
import { Assignment, type Sought } from './assignment.ts'
import type { ResolvedConsumerConfig } from './consumer-options.ts'
import { StatusWatch } from './consumer-status.ts'
import { Ending } from './ending.ts'
import type { Fetched } from './fetch-buffer.ts'
import { Fetcher } from './fetcher.ts'
import type { OpenDeadLetters } from './process-options.ts'
import type { RebalanceTeller } from './rebalance-teller.ts'
import { RecordsInHand, type InHand } from './records-in-hand.ts'
import { startPositions, type StartPlace, type StartPosition } from './start-positions.ts'
import type { Leaving } from './stream-iterator.ts'

/** Records on their way to the dead letters, above which no more are handed over. */
const apartMax = 500

/** What a consumer has of the client that it belongs to. */
export interface ConsumerHost {
  readonly openDeadLetters: OpenDeadLetters
  onClosed(): void
}

export class ConsumerCore<Value, Key> {
  readonly #cluster: Cluster
  readonly topics: readonly string[] | RegExp
  readonly #config: ResolvedConsumerConfig<Value, Key>
  readonly #fetcher: Fetcher
  /** There once it is being joined. */
  group: ConsumerGroup | undefined
  readonly #assignment = new Assignment()
  /** What the program has. */
  readonly inHand = new RecordsInHand()
  #handlersIdle: (() => Promise<void>) | undefined
  #autoCommit: boolean
  /** There where the program wants to know what is its own. */
  #teller: RebalanceTeller | undefined
  readonly #arrivals = new Arrivals()
  #hasStarted = false
  #failure: KafkaError | undefined
  readonly #watch: TopicWatch
  readonly status = new StatusWatch()
  #closing: Promise<void> | undefined
  readonly #ending: Ending
  readonly #onAbort = (): void => void this.close()
  readonly #host: ConsumerHost

  constructor(
    cluster: Cluster,
    topics: readonly string[] | RegExp,
    config: ResolvedConsumerConfig<Value, Key>,
    host: ConsumerHost,
  ) {
    this.#cluster = cluster
    this.topics = topics
    this.#config = config
    this.#autoCommit = config.autoCommit
    this.#host = host
    this.#ending = new Ending(cluster)
    this.#fetcher = new Fetcher(cluster, config, {
      onArrival: () => this.#arrivals.tell(),
      onProgress: () => this.#updateStatus(),
      onOutOfRange: (partition, error) => void this.#outOfRange(partition, error),
      onReplaced: (partition, by) => this.#replace(partition, by),
      onError: (error) => this.#fail(error),
    })
    this.#watch = new TopicWatch(cluster, (error) => this.#fail(error))
    config.signal?.addEventListener('abort', this.#onAbort)
    if (config.signal?.aborted) this.#onAbort()
  }

  get isClosed(): boolean {
    return this.#closing !== undefined
  }

  get clock(): Cluster['platform']['clock'] {
    return this.#cluster.platform.clock
  }

  get cluster(): Cluster {
    return this.#cluster
  }

  /** The partitions that are being read now. */
  assignment(): TopicPartition[] {
    return this.#assignment.select().map(({ topic, partition }) => ({ topic, partition }))
  }

  positions(): ConsumerPosition[] {
    return this.#assignment.select().map(({ progress }) => progress)
  }

  /** Whether all that there was when it was last asked for is handed over. */
  get isDrained(): boolean {
    return this.status.current === 'live' && this.#fetcher.isEmpty
  }

  /** Returns the next record, if one is there. @throws what went wrong, once */
  take(): KafkaRecord<Value, Key> | undefined {
    if (!this.#hasStarted && !this.#closing) this.#start()
    for (;;) {
      const failure = this.#failure
      if (failure) {
        this.#failure = undefined
        throw failure
      }
      if (this.#closing || this.inHand.apartCount >= apartMax) return undefined
      const fetched = this.#fetcher.take()
      if (!fetched) return undefined
      const record = this.#handOver(fetched)
      if (record) return record
    }
  }

  /** From now on records are worked on side by side, committed, and waited for by closing. */
  beginProcessing(handlersIdle: () => Promise<void>): void {
    this.#handlersIdle = handlersIdle
    this.#autoCommit = this.#config.group !== undefined
    this.#commitRegularly()
  }

  /** Sends a record to where somebody looks at what could not be processed. */
  async sendDeadLetter(
    record: KafkaRecord<Value, Key>,
    error: unknown,
    topic = this.#config.deadLetter!,
  ): Promise<void> {
    const { sendDeadLetter } = await import('./dead-letters.ts')
    await sendDeadLetter(this.#host.openDeadLetters(topic), record, error)
  }

  /** Resolves when `take` may have something that it had not before. */
  arrival(signal?: AbortSignal): Promise<void> {
    return this.#arrivals.next(signal)
  }

  pause(partitions?: readonly TopicPartition[]): void {
    this.#assignment.setPaused(true, partitions)
    this.#fetcher.wake()
  }

  resume(partitions?: readonly TopicPartition[]): void {
    this.#assignment.setPaused(false, partitions)
    this.#fetcher.wake()
    this.#arrivals.tell()
  }

  /** Goes on from another place: at once, or when the partition becomes ours. */
  async seek(place: TopicPartition, target: number | Offset): Promise<void> {
    const partition = this.#assignment.get(place)
    // What is ours, but not fetched yet, may have to be begun with once more.
    if (!this.#fetcher.reads(partition)) this.#assignment.sought.set(keyOf(place), target)
    if (partition?.state !== 'owned') return
    if (typeof target !== 'number') {
      const { round } = partition
      const { resetPosition } = await import('./reset-position.ts')
      const offset = await resetPosition(this.#cluster, place, { ...this.#config, offset: target })
      // Whoever sought last has decided. It may be another member's by now.
      return partition.round === round ? this.seek(place, offset) : undefined
    }
    partition.seek(target)
    partition.isHeld = false
    this.#fetcher.discard(partition)
    this.#updateStatus()
  }

  /** Closes at the end of an iteration: after a record was dealt with, or in the middle of it. */
  async leave(leaving: unknown): Promise<IteratorReturnResult<undefined>> {
    if (leaving === ('processed' satisfies Leaving)) this.inHand.processedAll()
    await this.close()
    return { done: true, value: undefined }
  }

  /** Commits what is to be committed, gives the partitions back and stops. It always settles. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    this.#updateStatus()
    return this.#closing
  }

  /** Closes at once: nobody may be there any more when what is waited for comes. */
  hurry(): void {
    this.#ending.hurry()
    void this.close()
  }

  #start(): void {
    this.#hasStarted = true
    this.#join().catch((error: unknown) => this.#fail(error as KafkaError))
  }

  async #join(): Promise<void> {
    const { topics } = this
    const { rackId, listener } = this.#config
    if (listener) {
      const { RebalanceTeller } = await import('./rebalance-teller.ts')
      this.#teller = new RebalanceTeller(listener, (error) => this.#fail(error as KafkaError))
    }
    if (rackId) {
      const { nearby } = await import('./nearby.ts')
      this.#fetcher.through(nearby(this.#cluster, rackId))
    }
    if (topics instanceof RegExp) {
      const { follow } = await import('./topic-pattern.ts')
      return this.#watch.start(await follow(this.#cluster, topics, this))
    }
    await this.begin(await Promise.all(topics.map((name) => this.#cluster.topic(name))))
    if (this.group) return
    this.#watch.start(async () => this.extend(await partitionsNow(this.#cluster, topics)))
  }

  /** Begins with `topics`: by itself, or by joining its group. */
  async begin(topics: readonly TopicMetadata[]): Promise<void> {
    const { group } = this.#config
    if (group === undefined) return this.#assign(partitionsOf(topics))
    const { ConsumerGroup } = await import('../group/consumer-group.ts')
    if (this.#closing) return
    const options = { ...this.#config, group, topics: topics.map(({ name }) => name) }
    this.group = new ConsumerGroup(this.#cluster, options, {
      onAssigned: (partitions) => this.#assign(partitions),
      onRevoked: (partitions) => this.#revoke(partitions),
      onLost: () => this.remove(),
      onContact: () => this.#updateStatus(),
      onError: (error) => this.#fail(error),
    })
    this.#commitRegularly()
    this.group.join()
  }

  /** Reads those of `partitions` that it does not read yet: whatever is in them came later. */
  async extend(partitions: readonly TopicPartition[]): Promise<void> {
    const added = this.#assignment.missing(partitions)
    if (added.length > 0) await this.#assign(added)
  }

  /** Reads another topic of the name; a group that knows topics by their ids gives us that. */
  #replace({ topic, partition, state }: AssignedPartition, by: TopicMetadata): void {
    if (state !== 'owned') return
    this.remove([{ topic, partition }])
    // The other one may have fewer partitions: a group finds that out, and takes away what is here.
    if (this.group ? this.group.knowsTopicIds : !by.partitions[partition]) return
    const start = { topic, partition, position: 0, origin: 'committed' } as const
    this.#begin([start]).catch((error: KafkaError) => this.#fail(error))
  }

  #handOver(fetched: Fetched): KafkaRecord<Value, Key> | undefined {
    if (fetched.error) throw fetched.error
    const { partition } = fetched
    const record = fetched.record as KafkaRecord<Value, Key>
    const inHand = this.inHand.add(partition, record.offset + 1)
    const error = this.#config.onInvalid === 'throw' ? undefined : record.invalidBecause()
    if (error) this.#leaveOut(record, inHand, error)
    return error ? undefined : record
  }

  /** It counts as processed with those before it, once it is where it is to be. */
  #leaveOut(record: KafkaRecord<Value, Key>, inHand: InHand, error: KafkaError): void {
    const { topic, partition, offset } = record
    const facts = { topic, partition, offset, error: error.message }
    this.#cluster.logger.warn('a record was left out', facts)
    if (this.#config.onInvalid === 'skip') return this.inHand.processed(inHand)
    this.inHand.setApart(inHand)
    this.sendDeadLetter(record, error).then(
      () => {
        this.inHand.processed(inHand)
        this.#arrivals.tell()
      },
      (failure: KafkaError) => {
        this.inHand.leave(inHand)
        this.#fail(failure)
      },
    )
  }

  #updateStatus(): void {
    const group = this.group
    this.status.update({
      isClosed: this.#closing !== undefined,
      isSettled: group ? group.isSettled : this.#assignment.size > 0,
      // One that is not let in yet is connecting.
      isFailing: this.#fetcher.isFailing || (group?.isMember === true && group.isFailing),
      partitions: this.#assignment.select(),
    })
  }

  #fail(error: KafkaError): void {
    if (this.#closing) return
    this.#failure ??= error
    this.#arrivals.tell()
    // There is no way on from here; whoever takes next is told why.
    void this.close()
  }

  async #assign(partitions: readonly StartPlace[]): Promise<void> {
    let sought: Sought
    let positions: StartPosition[]
    do {
      sought = new Map(this.#assignment.sought)
      const query = { partitions, group: this.group, sought, config: this.#config }
      positions = await startPositions(this.#cluster, query, true)
      // Whoever has sought meanwhile means these partitions.
    } while (!this.#assignment.isSoughtAsIn(sought, partitions))
    if (!this.#closing) await this.#begin(positions)
  }

  async #begin(positions: readonly StartPosition[]): Promise<void> {
    const committer = this.group?.committer ?? noGroup
    const added = positions.map((start) => this.#assignment.begin(start, this.#config, committer))
    await this.#teller?.assigned(added)
    const owned = added.filter(({ state }) => state === 'owned')
    // Others may be begun with once more.
    for (const partition of owned) this.#assignment.sought.delete(keyOf(partition))
    this.#fetcher.add(owned)
    this.#updateStatus()
    this.#cluster.logger.debug('partitions were assigned', { positions })
  }

  async #revoke(partitions: readonly TopicPartition[]): Promise<void> {
    const leaving = this.#assignment.select(partitions)
    for (const partition of leaving) {
      partition.state = 'leaving'
      this.#fetcher.remove(partition)
    }
    // Whoever has records side by side puts down what was not begun.
    this.#arrivals.tell()
    await this.inHand.whenFree(leaving)
    await this.#teller?.revoked(leaving)
    if (this.#autoCommit) this.group?.commitProcessed(leaving)
    await this.group?.committer.settled()
    this.remove(partitions)
    this.#cluster.logger.debug('partitions were handed over', { partitions })
  }

  /** Reads `partitions`, or all, no longer. */
  remove(partitions?: readonly TopicPartition[]): void {
    const leaving = this.#assignment.select(partitions)
    this.#assignment.remove(leaving)
    for (const partition of leaving) {
      this.#fetcher.remove(partition)
      this.inHand.forget(partition)
    }
    this.#teller?.lost(leaving)
    this.#updateStatus()
  }

  async #outOfRange(partition: AssignedPartition, error: KafkaError): Promise<void> {
    try {
      // The program chose this place itself: it has to choose another.
      if (partition.isSought) throw error
      const { goOn } = await import('./reset-position.ts')
      await goOn(this.#cluster, this.#fetcher, partition, this.#config)
    } catch (cause) {
      if (partition.isSought) partition.processed = undefined
      this.#fetcher.tell(partition, cause as KafkaError)
    }
  }

  #commitRegularly(): void {
    if (!this.#autoCommit || this.#closing) return
    this.group?.commitRegularly(this.#config.autoCommitIntervalMs, () => this.#assignment.select())
  }

  async #close(): Promise<void> {
    this.#config.signal?.removeEventListener('abort', this.#onAbort)
    this.#watch.close()
    this.#fetcher.close()
    if (!this.#handlersIdle) this.inHand.leaveAll()
    this.#arrivals.tell()
    await this.#ending.ofProgram(this.#config.rebalanceTimeoutMs, () => this.#finish())
    const { group } = this
    const done = this.#autoCommit ? this.#assignment.select() : []
    if (group) await this.#ending.ofGroup(group, done)
    this.#assignment.remove(this.#assignment.select())
    this.#host.onClosed()
  }

  /** Resolves once the program has done with what it has. */
  async #finish(): Promise<void> {
    await Promise.all([this.inHand.whenFree(), this.#handlersIdle?.()])
    await this.#teller?.revoked(this.#assignment.select()).catch((error: unknown) => {
      this.#cluster.logger.warn('onRevoked failed', { error: messageOf(error) })
    })
  }
}
