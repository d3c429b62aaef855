/** The topics that a topology reads, and those of its own, which are made where they lack. */

import { deleteRecordsBefore, type DeleteBefore } from '../../client/admin/admin-records.ts'
import { addPartitions } from '../../client/admin/admin-topics.ts'
import type { TopicConfig } from '../../client/admin/topic-config.ts'
import { Admin } from '../../client/admin/admin.ts'
import type { Cluster } from '../../client/cluster/cluster.ts'
import { KafkaError } from '../../client/failure/errors.ts'
import type { ResolvedConsumerConfig } from '../../client/consumer/consumer-options.ts'
import { fileName } from '../dsl/run-settings.ts'
import { shapeOf } from '../topology/shape.ts'
import { cut, type SubTopology } from '../topology/sub-topologies.ts'
import type { RepartitionPurgeOptions } from './repartition-purge.ts'
import { keepShape } from './kept-shape.ts'
import { storeAgeMaxMs } from './store-position.ts'
import { nodesBefore, type TopologyNode } from '../topology/topology-node.ts'

/** A local store that is younger than that misses no deletion. A day is for clocks that differ. */
const deletionsKeptMs = storeAgeMaxMs + 24 * 60 * 60 * 1000

/** Records stay as they came, and when they happened, whatever brokers do by default. */
const repartitionConfig = {
  cleanupPolicy: 'delete',
  retentionMs: -1,
  messageTimestampType: 'CreateTime',
} as const

export interface Application {
  readonly application: string
  readonly ends: readonly TopologyNode[]
  /** Returns the names of the nodes of a part that have something to remember. */
  readonly statesOf: (part: SubTopology) => readonly string[]
  readonly config: ResolvedConsumerConfig<unknown, unknown>
  readonly signal: AbortSignal
  readonly onTopologyChange: 'fail' | 'accept'
}

export interface PreparedTopics {
  readonly parts: readonly SubTopology[]
  /** The topic of what the tasks of a part remember. */
  readonly changelogOf: (part: SubTopology) => string
  /** Whence what is processed is to be deleted, and how. */
  readonly purge: RepartitionPurgeOptions
}

/**
 * Finds out how the topics are partitioned that `ends` are reached from, cuts the topology where it
 * must be, and makes repartition and changelog topics. Their names begin with `application`.
 *
 * @throws InvalidTopologyError where topics are not partitioned alike that have to be
 * @throws TopologyChangedError where it would lose what it has remembered
 */
export async function prepareTopics(
  cluster: Cluster,
  { application, ends, statesOf, onTopologyChange, ...reading }: Application,
): Promise<PreparedTopics> {
  const names = new Set(nodesBefore(ends).flatMap(({ source }) => source ?? []))
  const topics = await Promise.all([...names].map((name) => cluster.topic(name)))
  const counts = new Map(topics.map(({ name, partitions }) => [name, partitions.length]))
  const ownTopic = (name: string): string => fileName(`${application}-${name}`)
  const countOf = (topic: string): number => counts.get(topic)!
  const { parts, repartitionTopics } = cut(ends, { ownTopic, countOf })
  const changelogOf = ({ name }: SubTopology): string => ownTopic(`${name}-changelog`)
  const shape = shapeOf({ parts, repartitionTopics, statesOf, changelogOf })
  if (repartitionTopics.size > 0 || Object.keys(shape.states).length > 0) {
    const topic = ownTopic('topology')
    await createTopic(cluster, topic, { partitions: 1, cleanupPolicy: 'compact' })
    await keepShape(cluster, shape, { application, topic, onChange: onTopologyChange, ...reading })
  }
  for (const [topic, partitions] of repartitionTopics) {
    await createTopic(cluster, topic, { ...repartitionConfig, partitions })
  }
  for (const part of parts) {
    if (statesOf(part).length === 0) continue
    const config = {
      partitions: part.partitionCount,
      cleanupPolicy: 'compact',
      deleteRetentionMs: deletionsKeptMs,
    } as const
    await createTopic(cluster, changelogOf(part), config)
  }
  const { clock } = cluster.platform
  const purge = {
    topics: new Set(repartitionTopics.keys()),
    clock,
    logger: cluster.logger,
    deleteBefore: (topic: string, limits: readonly DeleteBefore[]) =>
      deleteRecordsBefore(cluster, topic, limits, {}),
  }
  return { parts, changelogOf, purge }
}

type OwnTopicConfig = TopicConfig & { readonly partitions: number }

/** One that is there gets more partitions, if it is to have more: that they change was accepted. */
async function createTopic(cluster: Cluster, name: string, config: OwnTopicConfig): Promise<void> {
  try {
    await new Admin(cluster).createTopic(name, config)
  } catch (error) {
    if (!KafkaError.is(error) || error.code !== 'topic_already_exists') throw error
    const { partitions } = await cluster.topic(name)
    if (partitions.length >= config.partitions) return
    await addPartitions(cluster, name, config.partitions, {})
  }
}
