/**
 * The global tables of an application: each is read from its beginning, all partitions of it, and
 * followed from then on. Before they are read to their ends nothing is processed.
 */

import { AssignedPartition, noGroup } from '../../client/consumer/assigned-partition.ts'
import type { Cluster } from '../../client/cluster/cluster.ts'
import type { ResolvedConsumerConfig } from '../../client/consumer/consumer-options.ts'
import { Fetcher } from '../../client/consumer/fetcher.ts'
import { keyOf, lookUpOffsets } from '../../client/cluster/offset-lookup.ts'
import type { KafkaRecord } from '../../client/record/kafka-record.ts'
import { Offset } from '../../client/record/offset.ts'
import { bytes, serializationError } from '../../client/record/serde.ts'
import { goOn } from '../../client/consumer/reset-position.ts'
import type { Timer } from '../../runtime/runtime.ts'
import { GlobalRows } from '../operators/global-table.ts'
import { nodesBefore, type TopologyNode } from '../topology/topology-node.ts'
import type { FailedInput } from './running-task.ts'

export interface GlobalTablesOptions {
  readonly config: ResolvedConsumerConfig<unknown, unknown>
  readonly onError: (error: Error) => void
  /** Returns whether to go on without a record that cannot be read. */
  readonly onFailure: (failed: FailedInput) => boolean
}

export class GlobalTables {
  readonly #cluster: Cluster
  readonly #options: GlobalTablesOptions
  readonly #nodes: readonly TopologyNode[]
  readonly #rows = new Map<TopologyNode, GlobalRows>()
  readonly #nodeOf = new Map<AssignedPartition, TopologyNode>()
  /** Where the end was of those that are not read to it yet. */
  readonly #ends = new Map<AssignedPartition, number>()
  readonly #loaded = Promise.withResolvers<void>()
  #fetcher: Fetcher | undefined
  #timer: Timer | undefined
  #isClosed = false

  constructor(cluster: Cluster, ends: readonly TopologyNode[], options: GlobalTablesOptions) {
    this.#cluster = cluster
    this.#options = options
    this.#nodes = nodesBefore(ends).filter(({ global }) => global !== undefined)
    for (const node of this.#nodes) this.#rows.set(node, new GlobalRows())
  }

  /** Returns the rows of a node, if that is a global table. */
  rowsOf(node: TopologyNode): GlobalRows | undefined {
    return this.#rows.get(node)
  }

  /** Resolves once all of them are read to what was their end when it was called. */
  async load(): Promise<void> {
    if (this.#nodes.length === 0) return
    await Promise.all(this.#nodes.map((node) => this.#locate(node)))
    if (this.#isClosed) return
    this.#fetcher = new Fetcher(this.#cluster, this.#options.config, {
      onArrival: () => this.#take(),
      onProgress: () => this.#take(),
      onOutOfRange: (partition) => void this.#outOfRange(partition),
      onError: (error) => this.#fail(error),
    })
    this.#fetcher.add([...this.#nodeOf.keys()])
    this.#take()
    this.#lookRegularly()
    return this.#loaded.promise
  }

  close(): void {
    this.#isClosed = true
    this.#timer?.cancel()
    this.#fetcher?.close()
    this.#loaded.resolve()
  }

  /** Partitions that a topic gains meanwhile are followed, too. */
  #lookRegularly(): void {
    const { logger, options, platform } = this.#cluster
    const how = { mayCreate: false, isAnew: true }
    this.#timer = platform.clock.after(options.metadataMaxAgeMs, () => {
      Promise.all(this.#nodes.map((node) => this.#locate(node, how)))
        .catch(({ message: error }: Error) => {
          // Those that are known are followed all the same.
          logger.warn('it is not known whether global tables have more partitions', { error })
        })
        .finally(() => {
          if (!this.#isClosed) this.#lookRegularly()
        })
    })
  }

  /** Finds the partitions that are not known yet. */
  async #locate(node: TopologyNode, how: Parameters<Cluster['topic']>[1] = {}): Promise<void> {
    const { name: topic, partitions } = await this.#cluster.topic(node.global!, how)
    const known = [...this.#nodeOf.values()].filter((other) => other === node).length
    const all = partitions.map((_, partition) => ({ topic, partition }))
    const places = all.slice(known)
    if (places.length === 0) return
    const find = async (offset: Offset): Promise<Map<string, number>> => {
      const queries = places.map((place) => ({ ...place, offset }))
      const found = await lookUpOffsets(this.#cluster, queries, { isolation: 'read_committed' })
      return new Map(found.map((one) => [keyOf(one), one.offset]))
    }
    const [starts, ends] = await Promise.all([find(Offset.earliest), find(Offset.latest)])
    if (this.#isClosed) return
    for (const place of places) {
      const position = starts.get(keyOf(place))!
      const start = { ...place, position, key: bytes, value: bytes, committer: noGroup }
      const assigned = new AssignedPartition(start)
      this.#nodeOf.set(assigned, node)
      this.#ends.set(assigned, ends.get(keyOf(place))!)
      this.#fetcher?.add([assigned])
    }
  }

  #take(): void {
    const fetcher = this.#fetcher!
    for (let fetched = fetcher.take(); fetched; fetched = fetcher.take()) {
      if (fetched.error) return this.#fail(fetched.error)
      try {
        this.#put(fetched.partition, fetched.record)
      } catch (error) {
        // All workers read it, whenever they begin: it is no dead letter.
        const { topic, partition, offset } = fetched.record
        const failed = { topic, partition, offset, error: error as Error, record: undefined }
        if (!this.#isSkipped(failed)) return
      }
    }
    if (this.#ends.size === 0 || !fetcher.isEmpty) return
    for (const [partition, end] of this.#ends) {
      // What ends it may be the marker of a transaction, or compacted away.
      if (partition.position >= end) this.#ends.delete(partition)
    }
    if (this.#ends.size === 0) this.#loaded.resolve()
  }

  /** Returns whether to go on; what `onError` throws is none of the fetcher's business. */
  #isSkipped(failed: FailedInput): boolean {
    try {
      if (this.#options.onFailure(failed)) return true
      this.#fail(failed.error)
    } catch (error) {
      this.#fail(error as Error)
    }
    return false
  }

  #put(from: AssignedPartition, record: KafkaRecord<unknown, unknown>): void {
    const node = this.#nodeOf.get(from)!
    const { topic, partition, offset, rawKey: key, rawValue: value, timestamp } = record
    const read = (part: 'key' | 'value', data: Uint8Array): unknown => {
      try {
        return node.serdes[part].deserialize(data)
      } catch (cause) {
        throw serializationError('read', part, { topic, partition, offset }, cause)
      }
    }
    this.#rows
      .get(node)!
      .put(key && read('key', key), value && read('value', value), timestamp.getTime())
  }

  #fail(error: Error): void {
    this.#loaded.reject(error)
    this.#options.onError(error)
  }

  async #outOfRange(partition: AssignedPartition): Promise<void> {
    try {
      await goOn(this.#cluster, this.#fetcher!, partition, this.#options.config)
    } catch (cause) {
      this.#fail(cause as Error)
    }
  }
}
