/**
 * Fetches records ahead of the program, as long as less than `fetchMaxBytes` of partitions that are
 * not paused are waiting to be handed over.
 *
 * All partitions of a broker that are not being asked for are asked for together, full or not, so
 * that one that is quiet does not hold up another. What becomes wanted while the broker waits for
 * records, as after a seek, is asked for on a second connection.
 */

import { zeroUuid } from '../../bytes/uuid.ts'
import { deliveryErrors } from '../../protocol/delivery-errors.ts'
import { fetch, type FetchRequestInput, type FetchResponse } from '../../protocol/fetch.ts'
import type { Timer } from '../../runtime/runtime.ts'
import type { RequestOptions } from '../cluster/broker-channel.ts'
import type { Cluster, TopicMetadata } from '../cluster/cluster.ts'
import { brokerError } from '../failure/delivery-errors.ts'
import { KafkaError, MessageTooLargeError, NotLeaderError } from '../failure/errors.ts'
import type { AssignedPartition } from './assigned-partition.ts'
import { FetchBuffer, batchError, type Fetched, type FetchedWhole } from './fetch-buffer.ts'
import { levelOf, mayPass, missingErrors } from './fetch-failures.ts'
import { askedFor, fetchInput, isCurrent, requestFor, versionsFor } from './fetch-request.ts'
import type { FetcherOptions, Requested } from './fetch-request.ts'
import { readFetched } from './fetched-batches.ts'

/** What a fetcher has of a broker. */
export interface FetchChannel {
  /** Infinity where that is not known. */
  readonly roundTripMs: number
  request(api: typeof fetch, input: FetchRequestInput, options: FetchOptions): Promise<void>
}

export interface FetchOptions extends RequestOptions<FetchResponse, void> {
  readonly receive: (response: FetchResponse) => void
}

/** What a fetcher has of the cluster; `leader` is the node that it fetches a partition from. */
export interface FetchCluster extends Pick<
  Cluster,
  | 'platform'
  | 'options'
  | 'logger'
  | 'cachedTopic'
  | 'topic'
  | 'currentLeaderEpoch'
  | 'forgetTopic'
  | 'backoffMs'
  | 'closePurpose'
> {
  channel(target: { readonly node: number }, purpose: string): Promise<FetchChannel>
}

export interface FetcherEvents {
  /** Something can be taken. */
  onArrival(): void
  /** A fetch was answered, or failed. */
  onProgress(): void
  /** `partition` has nothing at its position. It is held until it has another. */
  onOutOfRange(partition: AssignedPartition, error: KafkaError): void
  /**
   * The topic of `partition` is gone, and another has its name: `by`. It is held.
   *
   * @default the other one is read from its beginning
   */
  onReplaced?(partition: AssignedPartition, by: TopicMetadata): void
  /** Something that does not pass, such as a missing permission. */
  onError(error: KafkaError): void
}

type PartitionAnswer = FetchResponse['responses'][number]['partitions'][number]

/** Connections to each broker: an answer that is waited for holds up those behind it. */
const slotCount = 3
/** As many may wait for what nobody may ever send; what is there is not behind that. */
const patientSlotCount = 2
let fetcherCount = 0

const takeRecord = (buffer: FetchBuffer): Fetched | undefined => buffer.take()
const takeBatch = (buffer: FetchBuffer): FetchedWhole | undefined => buffer.takeBatch()

export class Fetcher {
  #cluster: FetchCluster
  readonly #options: FetcherOptions
  readonly #events: FetcherEvents
  /** Long polls have connections of their own, so that nothing else waits behind them. */
  readonly #purpose = `fetch-${++fetcherCount}`
  readonly #partitions = new Set<AssignedPartition>()
  readonly #buffer: FetchBuffer
  /** Connections, as `node/slot`, that have a request of ours. */
  readonly #busy = new Set<string>()
  /** Partitions that are being asked for, and by which request. */
  readonly #asked = new Map<AssignedPartition, number>()
  #requestCount = 0
  /** Topics whose leaders are being asked for. */
  readonly #seeking = new Set<string>()
  /** How much may wait: what is of paused partitions, when last asked, holds up no others. */
  #limitBytes = 0
  #timer: Timer | undefined
  #isClosed = false

  constructor(cluster: FetchCluster, options: FetcherOptions, events: FetcherEvents) {
    this.#cluster = cluster
    this.#options = options
    this.#events = events
    this.#buffer = new FetchBuffer(cluster.platform.codecs, () => events.onArrival())
  }

  /** From now on `cluster` says where to fetch partitions from. To be called before `add`. */
  through(cluster: FetchCluster): void {
    this.#cluster = cluster
  }

  /** Begins with `partitions`, which are asked for together. */
  add(partitions: readonly AssignedPartition[]): void {
    for (const partition of partitions) this.#partitions.add(partition)
    this.wake()
  }

  /** Whether it has begun with `partition`. */
  reads(partition: AssignedPartition | undefined): boolean {
    return this.#partitions.has(partition!)
  }

  remove(partition: AssignedPartition): void {
    this.#partitions.delete(partition)
    this.discard(partition)
  }

  /** Throws away what was fetched of `partition`, and what is being fetched. */
  discard(partition: AssignedPartition): void {
    this.#buffer.discard(partition)
    this.#asked.delete(partition)
    this.wake()
  }

  /** Returns the next record of a partition that is not paused, if one is there. */
  take(): Fetched | undefined {
    return this.#taken(takeRecord)
  }

  /** Returns the next batch, of a paused partition too; for who never takes single records. */
  takeBatch(): FetchedWhole | undefined {
    return this.#taken(takeBatch)
  }

  #taken<Some extends Fetched | FetchedWhole>(
    take: (buffer: FetchBuffer) => Some | undefined,
  ): Some | undefined {
    const { sizeBytes } = this.#buffer
    const fetched = take(this.#buffer)
    if (fetched?.error) {
      fetched.partition.isHeld = false
      this.wake()
    } else if (sizeBytes >= this.#limitBytes && this.#buffer.sizeBytes < this.#limitBytes) {
      this.wake()
    }
    return fetched
  }

  /** Whether nothing is left that was fetched. */
  get isEmpty(): boolean {
    return this.#buffer.sizeBytes === 0
  }

  /** Whether something of `partition` is left that was fetched. */
  holds(partition: AssignedPartition): boolean {
    return this.#buffer.has(partition)
  }

  /** Whether there is a partition that could not be fetched when that was last tried. */
  get isFailing(): boolean {
    return [...this.#partitions].some(({ isFetchable, failures }) => isFetchable && failures > 0)
  }

  close(): void {
    this.#isClosed = true
    this.#timer?.cancel()
    this.#buffer.clear()
    for (let slot = 0; slot < slotCount; slot++) this.#cluster.closePurpose(this.#purposeOf(slot))
  }

  /** Asks for the partitions that are wanted and not being asked for. */
  wake(): void {
    // A connection may have been asked for before that, and be there only now.
    if (this.#isClosed) return this.close()
    this.#limitBytes = this.#options.fetchMaxBytes + this.#buffer.pausedBytes
    if (this.#buffer.sizeBytes >= this.#limitBytes) return
    const nowMs = this.#now()
    const byLeader = new Map<number, AssignedPartition[]>()
    let nextMs = Infinity
    for (const partition of this.#partitions) {
      if (!partition.isFetchable || this.#asked.has(partition)) continue
      const leader = partition.notBeforeMs > nowMs ? undefined : this.#leaderOf(partition)
      if (leader === undefined) {
        // It may just have turned out that nobody leads it.
        if (partition.notBeforeMs > nowMs) nextMs = Math.min(nextMs, partition.notBeforeMs)
        continue
      }
      const others = byLeader.get(leader)
      if (others) others.push(partition)
      else byLeader.set(leader, [partition])
    }
    for (const [node, partitions] of byLeader) {
      const count = partitions.some(({ isBehind }) => isBehind) ? slotCount : patientSlotCount
      const slot = this.#freeSlot(node, count)
      if (slot !== undefined) void this.#fetchFrom(node, slot, partitions)
    }
    if (nextMs === Infinity) return
    this.#timer?.cancel()
    this.#timer = this.#cluster.platform.clock.after(nextMs - nowMs, () => this.wake())
  }

  #now(): number {
    return this.#cluster.platform.clock.monotonic()
  }

  #freeSlot(node: number, count: number): number | undefined {
    for (let slot = 0; slot < count; slot++) {
      if (!this.#busy.has(`${node}/${slot}`)) return slot
    }
    return undefined
  }

  #purposeOf(slot: number): string {
    return `${this.#purpose}.${slot}`
  }

  /** Returns the node to fetch `partition` from; `undefined` while that is being found out. */
  #leaderOf(partition: AssignedPartition): number | undefined {
    const { topic } = partition
    const metadata = this.#cluster.cachedTopic(topic)
    if (metadata && this.#isReplaced(partition, metadata)) return undefined
    const leader = metadata?.partitions[partition.partition]?.leader ?? -1
    if (leader >= 0) return leader
    if (!metadata) void this.#seekLeaders(topic)
    else this.#failed([partition], new NotLeaderError(`nobody leads a partition of '${topic}'`))
    return undefined
  }

  /** Whether the topic is not there any more, and another has its name. */
  #isReplaced(partition: AssignedPartition, by: TopicMetadata): boolean {
    const { id: topicId } = by
    const { topicId: known = zeroUuid } = partition
    if (known === zeroUuid) partition.topicId = topicId
    // Not all brokers have ids, as while a cluster is upgraded.
    if (known === topicId || known === zeroUuid || topicId === zeroUuid) return false
    // Metadata may be older than what we read: the broker that we read from is asked first.
    if (!partition.isMissing) return false
    partition.isHeld = true
    const { topic, partition: number } = partition
    this.#cluster.logger.warn('a topic was created anew', { topic, partition: number })
    queueMicrotask(() => {
      if (this.#events.onReplaced) this.#events.onReplaced(partition, by)
      else this.#readAnew(partition, topicId)
    })
    return true
  }

  #readAnew(partition: AssignedPartition, topicId: string): void {
    partition.moveTo(0)
    Object.assign(partition, { topicId, isHeld: false, isMissing: false })
    this.discard(partition)
  }

  async #seekLeaders(topic: string): Promise<void> {
    if (this.#seeking.has(topic)) return
    this.#seeking.add(topic)
    try {
      // Whoever has deleted the topic does not want it back.
      await this.#cluster.topic(topic, { mayCreate: false })
    } catch (error) {
      const ofTopic = [...this.#partitions].filter((partition) => partition.topic === topic)
      this.#failed(ofTopic, error)
    }
    this.#seeking.delete(topic)
    this.wake()
  }

  async #fetchFrom(
    node: number,
    slot: number,
    partitions: readonly AssignedPartition[],
  ): Promise<void> {
    this.#busy.add(`${node}/${slot}`)
    const request = ++this.#requestCount
    for (const partition of partitions) this.#asked.set(partition, request)
    try {
      const channel = await this.#cluster.channel({ node }, this.#purposeOf(slot))
      // They may have been handed back, or sought, while the connection was opened.
      const requested = partitions.filter(({ isFetchable }) => isFetchable).map(requestFor)
      if (requested.length > 0) {
        const { roundTripMs } = channel
        const input = fetchInput(requested, { ...this.#options, roundTripMs }, this.#cluster)
        await channel.request(fetch, input, {
          ...versionsFor(requested),
          // The broker gets to work while the program does.
          isUrgent: true,
          timeoutMs: this.#options.fetchMaxWaitMs + this.#cluster.options.timeoutMs,
          receive: (response) => this.#receive(response, requested),
        })
      }
    } catch (error) {
      this.#failed(partitions, error)
    }
    this.#busy.delete(`${node}/${slot}`)
    for (const partition of partitions) {
      if (this.#asked.get(partition) === request) this.#asked.delete(partition)
    }
    this.wake()
  }

  /** Takes records out of a response while it is valid. */
  #receive(response: FetchResponse, requested: Requested[]): void {
    const { errorCode } = response
    if (errorCode !== deliveryErrors.NONE) {
      const partitions = requested.map(({ partition }) => partition)
      return this.#failed(partitions, brokerError('fetch', { errorCode }))
    }
    for (const ofTopic of response.responses) {
      for (const answer of ofTopic.partitions) {
        const asked = askedFor(requested, ofTopic, answer.partitionIndex)
        if (asked && isCurrent(asked)) this.#take(asked, answer)
      }
    }
    if (this.#buffer.sizeBytes > 0) this.#events.onArrival()
    this.#events.onProgress()
  }

  #take({ partition, position }: Requested, answer: PartitionAnswer): void {
    const { errorCode, records, abortedTransactions, lastStableOffset: stable } = answer
    if (errorCode !== deliveryErrors.NONE) return this.#refused(partition, errorCode)
    partition.failures = 0
    partition.isMissing = false
    partition.isSought = false
    const isCommitted = this.#options.isolation === 'read_committed'
    partition.quietAtMs = position < answer.highWatermark ? undefined : this.#now()
    // It is -1 where the broker does not say, as with Apache Kafka 2.0.
    partition.end = isCommitted && stable >= 0 ? stable : answer.highWatermark
    if (!records?.length) return
    // An answer that is full has nothing of those that were asked for last: they are next.
    if (this.#partitions.delete(partition)) this.#partitions.add(partition)
    const fetched = readFetched(records.slice(), position, abortedTransactions)
    for (const batch of fetched.batches) this.#buffer.add(partition, position, batch)
    partition.position = fetched.nextOffset
    if (fetched.error) {
      this.tell(partition, batchError(partition, 'the batch at this offset', fetched.error))
    } else if (fetched.nextOffset === position) {
      const { topic, partition: number } = partition
      const message = `the broker sent part of a batch of ${topic}-${number} at ${position}`
      const facts = { topic, partition: number, offset: position }
      this.tell(partition, new MessageTooLargeError(message, facts))
    }
  }

  /** Has the program told of `error` when it gets there; only then is the partition tried again. */
  tell(partition: AssignedPartition, error: Error): void {
    partition.isHeld = true
    this.#buffer.addError(partition, error)
    this.#events.onArrival()
  }

  #refused(assigned: AssignedPartition, errorCode: number): void {
    const { topic, partition, position } = assigned
    const facts = { topic, partition, offset: position }
    const error = brokerError(`fetch ${topic}-${partition}`, { errorCode, ...facts })
    assigned.isMissing = missingErrors.has(errorCode)
    if (errorCode !== deliveryErrors.OFFSET_OUT_OF_RANGE) return this.#failed([assigned], error)
    assigned.isHeld = true
    this.#events.onOutOfRange(assigned, error)
  }

  /** Has `partitions` tried again after a while, or the program told where that is no use. */
  #failed(partitions: readonly AssignedPartition[], error: unknown): void {
    if (this.#isClosed) return
    const attempt = 1 + Math.max(0, ...partitions.map(({ failures }) => failures))
    const notBeforeMs = this.#now() + this.#cluster.backoffMs(attempt)
    for (const partition of partitions) {
      this.#cluster.forgetTopic(partition.topic)
      Object.assign(partition, { failures: attempt, notBeforeMs })
    }
    this.#events.onProgress()
    if (!KafkaError.is(error)) throw error
    if (!mayPass(error)) return this.#events.onError(error)
    this.#cluster.logger[levelOf(attempt)]('a fetch failed', { error: error.message, attempt })
  }
}
