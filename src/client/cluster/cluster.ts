/**
 * What a client knows of the cluster: its brokers, who leads each partition and who coordinates
 * each group; and the one place where requests are tried again.
 */

import { zeroUuid } from '../../bytes/uuid.ts'
import type { Address } from '../../connection/frame.ts'
import { deliveryErrors } from '../../protocol/delivery-errors.ts'
import { metadata, type MetadataResponse } from '../../protocol/metadata.ts'
import type { Logger } from '../../runtime/runtime.ts'
import { abortable, withinLimits } from '../failure/deadline.ts'
import { durationMs } from '../failure/duration.ts'
import { brokerError, isTurnover, isUnsent } from '../failure/delivery-errors.ts'
import { DisconnectedError, KafkaError } from '../failure/errors.ts'
import { NotLeaderError, noSuchPartition, TopicNotFoundError } from '../failure/errors.ts'
import { backoffMs, delay } from '../failure/retry.ts'
import type { OperationOptions, ResolvedKafkaOptions } from '../settings/kafka-options.ts'
import type { Platform } from '../settings/platform.ts'
import type { BrokerChannel } from './broker-channel.ts'
import { Connections } from './connections.ts'
import { nameOf, type Coordinated } from './coordinated.ts'
import { isUnheard, mayPass, purposeOf, type Target, type Task } from './task.ts'

export interface TopicMetadata {
  readonly name: string
  /** The id of this topic: another one of the same name has another. */
  readonly id: string
  /** By partition number. */
  readonly partitions: readonly PartitionMetadata[]
  /** When this was learned, on the monotonic clock. */
  readonly learnedAtMs: number
}

export interface PartitionMetadata {
  /** The node that leads the partition; -1 while there is none. */
  readonly leader: number
  /** Grows with each leader; -1 where the broker does not say. */
  readonly epoch: number
}

interface TopicOptions extends OperationOptions {
  readonly mayCreate?: boolean
  /** Whether what is known of it is not enough. */
  readonly isAnew?: boolean
}

export interface Attempt {
  readonly channel: BrokerChannel
  readonly signal: AbortSignal
}

const retryBackoffMs = 100
const retryBackoffMaxMs = 1000
/** The transaction before is being ended, which takes a few milliseconds. */
const concurrentBackoffMs = 20
/** Version 13 only adds an error that asks us to begin again from the first address. */
const metadataMaxVersion = 12

export class Cluster {
  readonly platform: Platform
  readonly options: ResolvedKafkaOptions
  readonly #connections: Connections
  readonly #addresses = new Map<number, Address>()
  readonly #topics = new Map<string, TopicMetadata>()
  /** Topics that were ever seen: who has not heard of one is behind, or it is deleted. */
  readonly seen = new Set<string>()
  /** The newest epochs of leaders, but for the first, by topic id and partition. */
  readonly #epochs = new Map<string, number>()
  /** Why the last metadata had no such topic, as an error code. */
  readonly #missing = new Map<string, number>()
  /** By what they coordinate. */
  readonly #coordinators = new Map<string, number>()
  #controller = -1
  /** Which of the known brokers is asked first. */
  #turn = 0
  #wanted = new Set<string>()
  #refreshing: Promise<void> | undefined
  #nextRefresh: Promise<void> | undefined

  constructor(options: ResolvedKafkaOptions, platform: Platform) {
    this.options = options
    this.platform = platform
    this.#connections = new Connections(options, platform)
  }

  get logger(): Logger {
    return this.options.logger
  }

  /** Whether a broker was ever reached. */
  get hasConnected(): boolean {
    return this.#connections.hasConnected
  }

  /** Returns the topic as it was last seen, if ever. */
  cachedTopic(name: string): TopicMetadata | undefined {
    return this.#topics.get(name)
  }

  /**
   * Returns the topic, which the broker may create by itself unless `mayCreate` is false, or the
   * program does not want it.
   *
   * @throws TopicNotFoundError, UnauthorizedError, DisconnectedError
   */
  async topic(
    name: string,
    { mayCreate = true, isAnew = false, ...options }: TopicOptions = {},
  ): Promise<TopicMetadata> {
    const cached = this.#topics.get(name)
    const now = this.platform.clock.monotonic()
    if (!isAnew && cached && now - cached.learnedAtMs < this.options.metadataMaxAgeMs) return cached
    const awaitsTopic = mayCreate && this.seen.has(name) ? 'surely' : mayCreate
    return this.run(
      { ...options, action: `find topic '${name}'`, target: 'any', awaitsTopic },
      async ({ signal }) => {
        if (mayCreate) await this.refresh([name], signal)
        else await this.look([name], { signal })
        const topic = this.#topics.get(name)
        if (topic) return topic
        // A broker that was away may not have heard of it yet: another one is asked next.
        this.askAnother()
        const errorCode = this.#missing.get(name) ?? deliveryErrors.UNKNOWN_TOPIC_OR_PARTITION
        throw brokerError(`find topic '${name}'`, { errorCode, topic: name })
      },
    )
  }

  /** Fetches the metadata of `names` anew, together with what others ask for meanwhile. */
  refresh(names: readonly string[], signal?: AbortSignal): Promise<void> {
    for (const name of names) this.#wanted.add(name)
    // A refresh that is under way may have been answered before what made us ask.
    this.#nextRefresh ??= (this.#refreshing ?? Promise.resolve())
      .catch(() => undefined)
      .then(() => {
        const wanted = [...this.#wanted]
        this.#wanted = new Set()
        this.#refreshing = this.#nextRefresh
        this.#nextRefresh = undefined
        return this.look(wanted, { mayCreate: true })
      })
    // Others may wait for the same answer, so one who gives up does not end it.
    return abortable(this.#nextRefresh, signal)
  }

  /** Fetches the metadata of `names` anew. None is created unless `mayCreate` is true. */
  async look(
    names: readonly string[],
    { signal, mayCreate = false }: { readonly signal?: AbortSignal; readonly mayCreate?: boolean },
  ): Promise<void> {
    const channel = await this.#anyChannel('requests', signal)
    const allowAutoTopicCreation = mayCreate && this.options.allowAutoTopicCreation
    const input = { topics: names.map((name) => ({ name })), allowAutoTopicCreation }
    this.learn(await channel.request(metadata, input, { maxVersion: metadataMaxVersion }))
  }

  /** Has another broker asked first from now on. */
  askAnother(): void {
    this.#turn++
  }

  /** Forgets what is known of `name`, because a broker contradicted it. */
  forgetTopic(name: string): void {
    this.#topics.delete(name)
  }

  /**
   * Runs `operation` with a connection to the broker that `task` is for, and again, after a while,
   * where it fails in a way that may pass.
   *
   * @throws whatever `operation` threw last; TimeoutError, DisconnectedError
   */
  run<Result>(task: Task, operation: (attempt: Attempt) => Promise<Result>): Promise<Result> {
    const { clock } = this.platform
    const { action, signal } = task
    const timeoutMs = this.timeoutMs(task)
    // A broker that was asked and has not answered may have done it.
    let isDoubtful = false
    const maybeApplied = (): boolean => isDoubtful
    return withinLimits({ action, clock, timeoutMs, signal, maybeApplied }, (signal, note) =>
      this.#attempts(task, { signal, note }, async (attempt) => {
        const wasDoubtful = isDoubtful
        isDoubtful = true
        try {
          return await operation(attempt)
        } catch (error) {
          isDoubtful = wasDoubtful || (KafkaError.is(error) && error.maybeApplied)
          throw error
        }
      }),
    )
  }

  timeoutMs({ timeout }: OperationOptions): number {
    return timeout === undefined ? this.options.timeoutMs : durationMs('timeout', timeout)
  }

  /** Returns a connection to the broker that `target` names, as it is known now. */
  async channel(target: Target, purpose: string, signal?: AbortSignal): Promise<BrokerChannel> {
    if (target === 'any') return this.#anyChannel(purpose, signal)
    const node = await this.#nodeOf(target, signal)
    if (!this.#addresses.has(node)) await this.refresh([], signal)
    const address = this.#addresses.get(node)
    try {
      if (address) return await this.#connections.channel(this.#reachable(address), purpose, signal)
      throw new DisconnectedError(`broker ${node} is not in the cluster's metadata`)
    } catch (error) {
      // What it led, somebody else may lead by now.
      if (error instanceof DisconnectedError) this.#forgetLedBy(node)
      throw error
    }
  }

  /** Returns what a broker is to be told with a request, so that one refuses whose time is over. */
  currentLeaderEpoch(topic: string, partition: number): number {
    return this.#topics.get(topic)?.partitions[partition]?.epoch ?? -1
  }

  /**
   * Returns the node that leads the partition; -1 while there is none, where that `mayLack`.
   *
   * @throws NotLeaderError while there is none
   */
  leaderOf(topic: TopicMetadata, partition: number, mayLack?: boolean): number {
    const found = topic.partitions[partition]
    if (!found) throw noSuchPartition(topic.name, partition, topic.partitions.length)
    if (found.leader >= 0 || mayLack) return found.leader
    const facts = { topic: topic.name, partition }
    throw new NotLeaderError(`${topic.name}-${partition} has no leader`, facts)
  }

  closePurpose(purpose: string): void {
    this.#connections.closePurpose(purpose)
  }

  close(): Promise<void> {
    return this.#connections.close()
  }

  async #attempts<Result>(
    task: Task,
    { signal, note }: { signal: AbortSignal; note: (problem: KafkaError) => void },
    operation: (attempt: Attempt) => Promise<Result>,
  ): Promise<Result> {
    let failures = 0
    for (let attempt = 1; ; attempt++) {
      let isConnected = false
      let waitMs = retryBackoffMs
      try {
        const channel = await this.channel(task.target, purposeOf(task), signal)
        isConnected = true
        return await operation({ channel, signal })
      } catch (error) {
        // A broker that restarts, or a new leader, is waited for as long as time allows. Where no
        // broker was ever there, the address may be wrong, which is better said soon.
        const { retries } = this.options
        const isPassing = retries > 0 && (isTurnover(error) || isUnheard(error, task))
        const isReached = isConnected && !isUnsent(error)
        if (isReached ? !isPassing : !this.#connections.hasConnected) failures++
        if (!mayPass(error, task)) throw error
        // Also for who asks next, where this one does not try again.
        this.#learnFrom(error, task.target)
        if (failures > retries || signal.aborted) throw error
        if (error.kafkaName === 'CONCURRENT_TRANSACTIONS') waitMs = concurrentBackoffMs
        note(error)
        task.onProblem?.(error)
        this.logger.debug(`trying again to ${task.action}`, { attempt, error: error.message })
      }
      await delay(this.backoffMs(attempt, waitMs), this.platform.clock, signal)
    }
  }

  backoffMs(attempt: number, baseMs = retryBackoffMs): number {
    const { random } = this.platform
    return backoffMs({ attempt, baseMs, maxMs: Math.max(baseMs, retryBackoffMaxMs), random })
  }

  #forgetLedBy(node: number): void {
    for (const [name, { partitions }] of this.#topics) {
      if (partitions.some(({ leader }) => leader === node)) this.#topics.delete(name)
    }
  }

  /** Forgets what `error` says is wrong. */
  #learnFrom(error: KafkaError, target: Target): void {
    if (target === 'controller') this.#controller = -1
    else if (typeof target === 'object') {
      if ('topic' in target) this.#topics.delete(target.topic)
      else if (!('node' in target)) this.#coordinators.delete(nameOf(target))
    }
    const isMoved = error instanceof NotLeaderError || error instanceof TopicNotFoundError
    if (isMoved && error.topic !== undefined) this.#topics.delete(error.topic)
  }

  async #nodeOf(target: Exclude<Target, 'any'>, signal?: AbortSignal): Promise<number> {
    if (target === 'controller') {
      if (this.#controller < 0) await this.refresh([], signal)
      return this.#controller
    }
    if ('node' in target) return target.node
    if (!('topic' in target)) return this.#coordinator(target, signal)
    const topic = await this.topic(target.topic, signal ? { signal } : {})
    return this.leaderOf(topic, target.partition)
  }

  /** @throws GroupCoordinatorError */
  async #coordinator(coordinated: Coordinated, signal?: AbortSignal): Promise<number> {
    const what = nameOf(coordinated)
    const known = this.#coordinators.get(what)
    if (known !== undefined) return known
    const channel = await this.#anyChannel('requests', signal)
    const { lookUpCoordinator } = await import('./coordinator-lookup.ts')
    const { nodeId, host, port } = await lookUpCoordinator(channel, coordinated, signal)
    this.#addresses.set(nodeId, { host, port })
    this.#coordinators.set(what, nodeId)
    return nodeId
  }

  /** Tries the brokers that are known, then the addresses of the URL, until one can be reached. */
  async #anyChannel(purpose: string, signal?: AbortSignal): Promise<BrokerChannel> {
    const known = this.#connections.followsAddresses ? [...this.#addresses.values()] : []
    known.unshift(...known.splice(this.#turn % (known.length || 1)))
    let failure: unknown
    const isDoubtful = (address: Address): number => +this.#connections.isDoubtful(address)
    const addresses = [...known, ...this.options.addresses]
    for (const address of addresses.sort((a, b) => isDoubtful(a) - isDoubtful(b))) {
      try {
        return await this.#connections.channel(address, purpose, signal)
      } catch (error) {
        if (signal?.aborted || !(error instanceof DisconnectedError)) throw error
        failure ??= error
      }
    }
    throw failure
  }

  #reachable(address: Address): Address {
    return this.#connections.followsAddresses ? address : this.options.addresses[0]!
  }

  /** Takes over what a broker says of the cluster, and of the topics in its answer. */
  learn(response: MetadataResponse): void {
    const learnedAtMs = this.platform.clock.monotonic()
    this.#controller = response.controllerId
    if (response.brokers.length > 1) void this.#connections.watchSilence()
    this.#addresses.clear()
    for (const { nodeId, host, port } of response.brokers) {
      this.#addresses.set(nodeId, { host, port })
    }
    for (const { name, errorCode, topicId, partitions } of response.topics) {
      if (name === null) continue
      if (errorCode !== deliveryErrors.NONE) {
        this.#topics.delete(name)
        this.#missing.set(name, errorCode)
        continue
      }
      this.#missing.delete(name)
      const byNumber: PartitionMetadata[] = []
      for (const { partitionIndex, leaderId, leaderEpoch: epoch } of partitions) {
        const place = `${topicId}/${partitionIndex}`
        // A broker that was away has not heard yet of the newer leader, and may take itself for it.
        const isOutdated = epoch >= 0 && epoch < (this.#epochs.get(place) ?? 0)
        // Without an id, another topic of that name could not be told from this one.
        const isTold = topicId !== zeroUuid && epoch > 0
        if (isTold && !isOutdated) this.#epochs.set(place, epoch)
        byNumber[partitionIndex] = { leader: isOutdated ? -1 : leaderId, epoch }
      }
      const topic = { name, id: topicId, partitions: byNumber, learnedAtMs }
      this.#topics.set(name, topic)
      this.seen.add(name)
    }
  }
}
