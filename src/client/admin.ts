/** `Admin`: topics, groups and the cluster itself. */

import { describeCluster } from '../protocol/describe-cluster.ts'
import * as groups from './admin-groups.ts'
import type { GroupDescription, GroupSummary, ResetTarget } from './admin-groups.ts'
import * as topics from './admin-topics.ts'
import type { ConfigEntry, ConfigResource, DeleteBefore } from './admin-topics.ts'
import type { TopicDescription, TopicSummary } from './admin-topics.ts'
import type { Cluster } from './cluster.ts'
import { throwIfError } from './errors.ts'
import type { OperationOptions } from './kafka-options.ts'
import { Listing } from './listing.ts'
import { Offset, toOffset, type OffsetInput } from './offset.ts'
import { lookUpOffsets, type FoundOffset, type Isolation } from './offset-lookup.ts'
import type { TopicPartition } from './offset-lookup.ts'
import type { TopicConfig } from './topic-config.ts'

export interface ClusterDescription {
  readonly id: string
  /** The broker to which changes of topics are sent; -1 while there is none. */
  readonly controller: number
  readonly brokers: readonly BrokerDescription[]
}

export interface BrokerDescription {
  readonly id: number
  readonly host: string
  readonly port: number
  readonly rack: string | null
}

export class Admin {
  readonly #cluster: Cluster

  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  /** @throws BrokerError with the code `topic_already_exists`, `invalid_topic_exception`, … */
  async createTopic(
    name: string,
    config: TopicConfig = {},
    options: OperationOptions = {},
  ): Promise<void> {
    await topics.createTopic(this.#cluster, name, config, options)
  }

  /** Deletes a topic with all its records. @throws TopicNotFoundError */
  async deleteTopic(name: string, options: OperationOptions = {}): Promise<void> {
    await topics.deleteTopic(this.#cluster, name, options)
  }

  /** Sets the configs that are given; others stay. More `partitions` are added. */
  async alterTopic(
    name: string,
    config: TopicConfig,
    options: OperationOptions = {},
  ): Promise<void> {
    await topics.alterTopic(this.#cluster, name, config, options)
  }

  /** Adds partitions until there are `count`. Keys then go to other partitions than before. */
  async createPartitions(
    name: string,
    count: number,
    options: OperationOptions = {},
  ): Promise<void> {
    await topics.addPartitions(this.#cluster, name, count, options)
  }

  /** Lists topics by name; those that Kafka keeps for itself only where asked for. */
  listTopics(
    options: OperationOptions & { readonly includeInternal?: boolean } = {},
  ): Listing<TopicSummary> {
    return new Listing(() => topics.listTopics(this.#cluster, options))
  }

  /** @throws TopicNotFoundError */
  describeTopic(name: string, options: OperationOptions = {}): Promise<TopicDescription> {
    return topics.describeTopic(this.#cluster, name, options)
  }

  describeConfigs(
    resource: ConfigResource,
    options: OperationOptions = {},
  ): Promise<ConfigEntry[]> {
    return topics.readConfigs(this.#cluster, resource, options)
  }

  /** Deletes the records before an offset. Returns where each partition begins then. */
  deleteRecords(
    topic: string,
    limits: readonly DeleteBefore[],
    options: OperationOptions = {},
  ): Promise<(TopicPartition & { readonly startOffset: number })[]> {
    return topics.deleteRecordsBefore(this.#cluster, topic, limits, options)
  }

  /**
   * Returns an offset of each partition: its end, or where `offset` says. It is -1 where no record
   * is as young as the time given.
   */
  async listOffsets(
    topic: string,
    offset: OffsetInput = Offset.latest,
    options: OperationOptions & { readonly isolation?: Isolation } = {},
  ): Promise<FoundOffset[]> {
    const place = toOffset('offset', offset)
    const { partitions } = await this.#cluster.topic(topic, { ...options, mayCreate: false })
    const queries = partitions.map((_, partition) => ({ topic, partition, offset: place }))
    const found = await lookUpOffsets(this.#cluster, queries, options)
    return found.sort((a, b) => a.partition - b.partition)
  }

  /** Lists the groups of all brokers. */
  listGroups(options: OperationOptions = {}): Listing<GroupSummary> {
    return new Listing(() => groups.listAllGroups(this.#cluster, options))
  }

  /** @throws BrokerError with the code `group_id_not_found` */
  describeGroup(group: string, options: OperationOptions = {}): Promise<GroupDescription> {
    return groups.describeGroup(this.#cluster, group, options)
  }

  /**
   * Has a group without members go on from another place in `topic`. Returns the new offsets.
   *
   * @throws BrokerError with the code `non_empty_group`
   */
  resetOffsets(
    group: string,
    topic: string,
    target: ResetTarget,
    options: OperationOptions = {},
  ): Promise<(TopicPartition & { readonly offset: number })[]> {
    return groups.resetOffsets(this.#cluster, { group, topic }, target, options)
  }

  /** Deletes a group with its offsets. @throws BrokerError with the code `non_empty_group` */
  async deleteGroup(group: string, options: OperationOptions = {}): Promise<void> {
    await groups.deleteGroup(this.#cluster, group, options)
  }

  describeCluster(options: OperationOptions = {}): Promise<ClusterDescription> {
    const action = 'describe the cluster'
    return this.#cluster.run({ ...options, action, target: 'any' }, async (attempt) => {
      const { channel, signal } = attempt
      const answer = await channel.request(describeCluster, {}, { signal })
      throwIfError(action, answer)
      const brokers = answer.brokers.map(({ brokerId, host, port, rack }) => ({
        id: brokerId,
        host,
        port,
        rack,
      }))
      return { id: answer.clusterId, controller: answer.controllerId, brokers }
    })
  }
}
