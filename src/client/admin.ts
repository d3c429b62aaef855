/**
 * `Admin`: topics, groups and the cluster itself. What its methods do is loaded when one is called,
 * since most programs only produce and consume.
 */

import type { Acl, AclFilter } from './acl.ts'
import type { ClusterDescription } from './admin-cluster.ts'
import type { GroupDescription, GroupSummary, ResetTarget } from './admin-groups.ts'
import type { ScramChange, ScramUser } from './admin-security.ts'
import type { ConfigEntry, ConfigResource, DeleteBefore } from './admin-topics.ts'
import type { TopicDescription, TopicSummary } from './admin-topics.ts'
import type { Cluster } from './cluster.ts'
import type { OperationOptions } from './kafka-options.ts'
import { Listing } from './listing.ts'
import { Offset, toOffset, type OffsetInput } from './offset.ts'
import { lookUpOffsets, type FoundOffset, type Isolation } from './offset-lookup.ts'
import type { TopicPartition } from './offset-lookup.ts'
import type { TopicConfig } from './topic-config.ts'

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
    const { createTopic } = await loadTopics()
    await createTopic(this.#cluster, name, config, options)
  }

  /** Deletes a topic with all its records. @throws TopicNotFoundError */
  async deleteTopic(name: string, options: OperationOptions = {}): Promise<void> {
    const { deleteTopic } = await loadTopics()
    await deleteTopic(this.#cluster, name, options)
  }

  /** Sets the configs that are given; others stay. More `partitions` are added. */
  async alterTopic(
    name: string,
    config: TopicConfig,
    options: OperationOptions = {},
  ): Promise<void> {
    const { alterTopic } = await loadTopics()
    await alterTopic(this.#cluster, name, config, options)
  }

  /** Adds partitions until there are `count`. Keys then go to other partitions than before. */
  async createPartitions(
    name: string,
    count: number,
    options: OperationOptions = {},
  ): Promise<void> {
    const { addPartitions } = await loadTopics()
    await addPartitions(this.#cluster, name, count, options)
  }

  /** Lists topics by name; those that Kafka keeps for itself only where asked for. */
  listTopics(
    options: OperationOptions & { readonly includeInternal?: boolean } = {},
  ): Listing<TopicSummary> {
    return new Listing(async () => {
      const { listTopics } = await loadTopics()
      return listTopics(this.#cluster, options)
    })
  }

  /** @throws TopicNotFoundError */
  async describeTopic(name: string, options: OperationOptions = {}): Promise<TopicDescription> {
    const { describeTopic } = await loadTopics()
    return describeTopic(this.#cluster, name, options)
  }

  async describeConfigs(
    resource: ConfigResource,
    options: OperationOptions = {},
  ): Promise<ConfigEntry[]> {
    const { readConfigs } = await loadTopics()
    return readConfigs(this.#cluster, resource, options)
  }

  /** Deletes the records before an offset. Returns where each partition begins then. */
  async deleteRecords(
    topic: string,
    limits: readonly DeleteBefore[],
    options: OperationOptions = {},
  ): Promise<(TopicPartition & { readonly startOffset: number })[]> {
    const { deleteRecordsBefore } = await loadTopics()
    return deleteRecordsBefore(this.#cluster, topic, limits, options)
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
    return new Listing(async () => {
      const { listAllGroups } = await loadGroups()
      return listAllGroups(this.#cluster, options)
    })
  }

  /** @throws BrokerError with the code `group_id_not_found` */
  async describeGroup(group: string, options: OperationOptions = {}): Promise<GroupDescription> {
    const { describeGroup } = await loadGroups()
    return describeGroup(this.#cluster, group, options)
  }

  /**
   * Has a group without members go on from another place in `topic`. Returns the new offsets.
   *
   * @throws BrokerError with the code `non_empty_group`
   */
  async resetOffsets(
    group: string,
    topic: string,
    target: ResetTarget,
    options: OperationOptions = {},
  ): Promise<(TopicPartition & { readonly offset: number })[]> {
    const { resetOffsets } = await loadGroups()
    return resetOffsets(this.#cluster, { group, topic }, target, options)
  }

  /** Deletes a group with its offsets. @throws BrokerError with the code `non_empty_group` */
  async deleteGroup(group: string, options: OperationOptions = {}): Promise<void> {
    const { deleteGroup } = await loadGroups()
    await deleteGroup(this.#cluster, group, options)
  }

  async describeCluster(options: OperationOptions = {}): Promise<ClusterDescription> {
    const { describeCluster } = await import('./admin-cluster.ts')
    return describeCluster(this.#cluster, options)
  }

  /**
   * Sets passwords of users, and deletes credentials, of each user one in a call. On a kafka.do
   * server this ends connections that were opened with what is deleted or replaced.
   *
   * @throws BrokerError with the code `unacceptable_credential`, `resource_not_found`, …
   */
  async alterScramCredentials(
    changes: readonly ScramChange[],
    options: OperationOptions = {},
  ): Promise<void> {
    const { alterScramCredentials } = await loadSecurity()
    await alterScramCredentials(this.#cluster, changes, options)
  }

  /** Lists users with SCRAM credentials: all, or those named. */
  describeScramCredentials(
    users?: readonly string[],
    options: OperationOptions = {},
  ): Listing<ScramUser> {
    return new Listing(async () => {
      const { describeScramCredentials } = await loadSecurity()
      return describeScramCredentials(this.#cluster, users, options)
    })
  }

  /** Adds ACLs. @throws BrokerError with the code `security_disabled` where there are none */
  async createAcls(acls: readonly Acl[], options: OperationOptions = {}): Promise<void> {
    const { createAcls } = await loadSecurity()
    await createAcls(this.#cluster, acls, options)
  }

  /** Lists the ACLs that match `filter`. */
  describeAcls(filter: AclFilter = {}, options: OperationOptions = {}): Listing<Required<Acl>> {
    return new Listing(async () => {
      const { describeAcls } = await loadSecurity()
      return describeAcls(this.#cluster, filter, options)
    })
  }

  /** Deletes the ACLs that match `filter`; all of them, where it says nothing. Returns them. */
  async deleteAcls(filter: AclFilter, options: OperationOptions = {}): Promise<Required<Acl>[]> {
    const { deleteAcls } = await loadSecurity()
    return deleteAcls(this.#cluster, filter, options)
  }
}

const loadSecurity = () => import('./admin-security.ts')
const loadTopics = () => import('./admin-topics.ts')
const loadGroups = () => import('./admin-groups.ts')
