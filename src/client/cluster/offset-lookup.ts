/** Finds offsets by time, of many partitions at once, each at its leader. */

import { deliveryErrors } from '../../protocol/delivery-errors.ts'
import { listOffsets } from '../../protocol/list-offsets.ts'
import { throwIfError } from '../failure/delivery-errors.ts'
import { BrokerError } from '../failure/errors.ts'
import type { Offset } from '../record/offset.ts'
import type { OperationOptions } from '../settings/kafka-options.ts'
import type { Attempt, Cluster, TopicMetadata } from './cluster.ts'

/** A partition of a topic. */
export interface TopicPartition {
  /** The topic's name. */
  readonly topic: string
  /** Its number, from 0. */
  readonly partition: number
}

export function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`
}

export interface OffsetQuery extends TopicPartition {
  readonly offset: Offset
}

/** What was found in a partition. */
export interface FoundOffset extends TopicPartition {
  /** -1 where there is no record with such a timestamp. */
  readonly offset: number
  /** The timestamp of the record; -1 for the places at either end. */
  readonly timestamp: number
}

/** Whether records of open and of aborted transactions are seen. */
export type Isolation = 'read_committed' | 'read_uncommitted'

/** The number of an isolation level on the wire. */
export function isolationLevel(isolation: Isolation): number {
  return isolation === 'read_committed' ? 1 : 0
}

/** Version 10 and later add what only brokers with tiered storage need. */
const maxVersion = 9

interface LookupOptions extends OperationOptions {
  /** Whether the end is that of committed records. @default 'read_uncommitted' */
  readonly isolation?: Isolation
  /** Whether a partition that nobody leads is left out, and not waited for. @default false */
  readonly mayLack?: boolean | undefined
}

/** Returns one offset for each query, in no particular order. */
export function lookUpOffsets(
  cluster: Cluster,
  queries: readonly OffsetQuery[],
  options: LookupOptions = {},
): Promise<FoundOffset[]> {
  // The leader of a partition that has just been created may not know of it yet.
  const action = 'look up offsets'
  const task = { ...options, action, target: 'any', awaitsTopic: true } as const
  return cluster.run(task, async (attempt) => {
    const byLeader = await groupByLeader(cluster, queries, attempt.signal, options.mayLack)
    const lackCount = byLeader.get(-1)?.length ?? 0
    byLeader.delete(-1)
    const answers = [...byLeader].map(([node, queries]) =>
      lookUpAt(cluster, { node, queries, isolation: options.isolation }, attempt),
    )
    const found = (await Promise.all(answers)).flat()
    if (found.length === queries.length - lackCount) return found
    throw new BrokerError('UNKNOWN_SERVER_ERROR', 'the broker left out offsets it was asked for')
  })
}

/** Sorts `items` by the node that leads their partition: -1 where there is none, if `mayLack`. */
export async function groupByLeader<Item extends TopicPartition>(
  cluster: Cluster,
  items: readonly Item[],
  signal: AbortSignal,
  mayLack?: boolean,
): Promise<Map<number, Item[]>> {
  const leaders = new Map<Item, number>()
  const current = new Map<string, TopicMetadata>()
  for (const item of items) {
    const { topic: name, partition } = item
    let topic = current.get(name) ?? (await cluster.topic(name, { signal, mayCreate: false }))
    // It may have been added, or got a leader, since the topic was last seen.
    if ((topic.partitions[partition]?.leader ?? -1) < 0 && !current.has(name)) {
      topic = await currentTopic(cluster, name, { signal })
      current.set(name, topic)
    }
    leaders.set(item, cluster.leaderOf(topic, partition, mayLack))
  }
  return Map.groupBy(items, (item) => leaders.get(item)!)
}

/** Returns the topic as brokers know it now, with partitions that others have added meanwhile. */
export function currentTopic(
  cluster: Cluster,
  name: string,
  options: OperationOptions,
): Promise<TopicMetadata> {
  return cluster.topic(name, { ...options, mayCreate: false, isAnew: true })
}

/** Groups what `describe` makes of `items` by topic, as requests have it. */
export function describedByTopic<Item extends TopicPartition, Part>(
  items: readonly Item[],
  describe: (item: Item) => Part,
): { name: string; partitions: Part[] }[] {
  return [...Map.groupBy(items, ({ topic }) => topic)].map(([name, ofTopic]) => ({
    name,
    partitions: ofTopic.map(describe),
  }))
}

interface NodeLookup {
  readonly node: number
  readonly queries: readonly OffsetQuery[]
  readonly isolation: Isolation | undefined
}

async function lookUpAt(
  cluster: Cluster,
  { node, queries, isolation = 'read_uncommitted' }: NodeLookup,
  { signal }: Attempt,
): Promise<FoundOffset[]> {
  const channel = await cluster.channel({ node }, 'requests', signal)
  const topics = describedByTopic(queries, ({ partition, offset: { timestamp } }) => ({
    partitionIndex: partition,
    timestamp,
  }))
  const input = { isolationLevel: isolationLevel(isolation), topics }
  const answer = await channel.request(listOffsets, input, { signal, maxVersion })
  return answer.topics.flatMap(({ name: topic, partitions }) =>
    partitions.map(({ partitionIndex: partition, errorCode: code, offset, timestamp }) => {
      // Others say that it leads the partition: it has come back, and not heard of that yet.
      const isUnheard = code === deliveryErrors.UNKNOWN_TOPIC_OR_PARTITION
      const errorCode = isUnheard ? deliveryErrors.NOT_LEADER_OR_FOLLOWER : code
      throwIfError(`look up an offset of ${topic}-${partition}`, { errorCode, topic, partition })
      return { topic, partition, offset, timestamp }
    }),
  )
}
