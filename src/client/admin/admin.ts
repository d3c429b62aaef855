/**
 * `Admin`: topics, groups and the cluster itself. What its methods do is loaded when one is called,
 * since most programs only produce and consume.
 */

import type { Cluster } from '../cluster/cluster.ts'
import type { FoundOffset, Isolation, TopicPartition } from '../cluster/offset-lookup.ts'
import { Offset, type OffsetInput } from '../record/offset.ts'
import type { OperationOptions } from '../settings/kafka-options.ts'
import type { Acl, AclFilter } from './acl.ts'
import type { ClusterDescription, LogDirDescription } from './admin-cluster.ts'
import type { ConfigChanges, ConfigEntry, ConfigResource } from './admin-configs.ts'
import type { GroupDescription, GroupSummary, ResetTarget } from './admin-groups.ts'
import type { ClientQuotas, QuotaEntity, QuotaFilter, QuotaName } from './admin-quotas.ts'
import type { ElectionOptions, PartitionReassignment } from './admin-replicas.ts'
import type { ReplicaAssignments } from './admin-replicas.ts'
import type { ScramChange, ScramUser } from './admin-security.ts'
import type { DeleteBefore } from './admin-records.ts'
import type { TopicDescription, TopicSummary } from './admin-topics.ts'
import type { ListTransactionsOptions, OpenTransaction } from './admin-transactions.ts'
import type { ProducerState, TransactionDescription } from './admin-transactions.ts'
import type { TransactionSummary } from './admin-transactions.ts'
import { Listing } from './listing.ts'
import type { Operations } from './operations.ts'
import type { TopicConfig } from './topic-config.ts'

/**
 * Everything about topics, groups, configs, users and ACLs. Each method takes `signal` and
 * `timeout`, and throws `UnauthorizedError` where it is not allowed, `TimeoutError` and
 * `DisconnectedError` where there is no answer.
 */
export class Admin {
  readonly #cluster: Cluster

  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  /**
   * Creates a topic; resolves once it is durable, and there to go on with.
   *
   * @throws BrokerError with the code `topic_already_exists`, `invalid_topic_exception`, …
   */
  createTopic(
    name: string,
    config: TopicConfig = {},
    options: OperationOptions = {},
  ): Promise<void> {
    return this.#run((admin) => admin.createTopic(name, config, options))
  }

  /** Deletes a topic with all its records. @throws TopicNotFoundError */
  deleteTopic(name: string, options: OperationOptions = {}): Promise<void> {
    return this.#run((admin) => admin.deleteTopic(name, options))
  }

  /**
   * Sets the configs that are given; others stay. More `partitions` are added.
   *
   * @throws TopicNotFoundError; BrokerError with the code `invalid_config`, `invalid_partitions`, …
   */
  alterTopic(name: string, config: TopicConfig, options: OperationOptions = {}): Promise<void> {
    return this.#run((admin) => admin.alterTopic(name, config, options))
  }

  /**
   * Adds partitions until there are `count`. Keys then go to other partitions than before.
   *
   * @throws TopicNotFoundError; BrokerError with the code `invalid_partitions` where it has more
   */
  createPartitions(name: string, count: number, options: OperationOptions = {}): Promise<void> {
    return this.#run((admin) => admin.createPartitions(name, count, options))
  }

  /** Lists topics by name; those that Kafka keeps for itself only where asked for. */
  listTopics(
    options: OperationOptions & { readonly includeInternal?: boolean } = {},
  ): Listing<TopicSummary> {
    return new Listing(() => this.#run((admin) => admin.listTopics(options)))
  }

  /** Describes a topic: partitions, where they are, and all configs. @throws TopicNotFoundError */
  describeTopic(name: string, options: OperationOptions = {}): Promise<TopicDescription> {
    return this.#run((admin) => admin.describeTopic(name, options))
  }

  /**
   * Lists the configs of a topic, a broker or a group, with where they come from; or those that are
   * set for all brokers.
   *
   * @throws TopicNotFoundError
   */
  describeConfigs(
    resource: ConfigResource,
    options: OperationOptions = {},
  ): Promise<ConfigEntry[]> {
    return this.#run((admin) => admin.describeConfigs(resource, options))
  }

  /**
   * Sets configs of a topic, a group, a broker or of all brokers, while they run; `null` takes one
   * back, others stay. Resolves once they are in force.
   *
   * @throws TopicNotFoundError; BrokerError with the code `invalid_config`, or `invalid_request`
   * for what can only be set where the broker is started
   */
  alterConfigs(
    resource: ConfigResource,
    changes: ConfigChanges,
    options: OperationOptions = {},
  ): Promise<void> {
    return this.#run((admin) => admin.alterConfigs(resource, changes, options))
  }

  /**
   * Moves partitions to other brokers, while they are written and read, or ends such moves.
   * Resolves once that has begun; `listReassignments` tells what is under way. Each partition is
   * for itself: where one is refused, the others move.
   *
   * @throws TopicNotFoundError, PartitionNotFoundError; BrokerError with the code
   * `invalid_replica_assignment`, or `no_reassignment_in_progress` where there is none to end
   */
  reassignPartitions(
    topic: string,
    assignments: ReplicaAssignments,
    options: OperationOptions = {},
  ): Promise<void> {
    return this.#run((admin) => admin.reassignPartitions(topic, assignments, options))
  }

  /** Lists the partitions that are being moved: of all topics, or those named. */
  listReassignments(
    topics?: readonly string[],
    options: OperationOptions = {},
  ): Listing<PartitionReassignment> {
    return new Listing(() => this.#run((admin) => admin.listReassignments(topics, options)))
  }

  /**
   * Has the leaders of a topic's partitions elected, or, without `topic`, of all partitions.
   * Returns those that have another leader now; that others need none is no error.
   *
   * @throws TopicNotFoundError, PartitionNotFoundError; BrokerError with the code
   * `preferred_leader_not_available` or `eligible_leaders_not_available`, when it was tried for a
   * while
   */
  electLeaders(topic?: string, options: ElectionOptions = {}): Promise<TopicPartition[]> {
    return this.#run((admin) => admin.electLeaders(topic, options))
  }

  /**
   * Deletes the records before an offset. Returns where each partition begins then.
   *
   * @throws TopicNotFoundError, PartitionNotFoundError; OffsetOutOfRangeError behind the end
   */
  deleteRecords(
    topic: string,
    limits: readonly DeleteBefore[],
    options: OperationOptions = {},
  ): Promise<(TopicPartition & { readonly startOffset: number })[]> {
    return this.#run((admin) => admin.deleteRecords(topic, limits, options))
  }

  /**
   * Returns an offset of each partition: its end, or where `offset` says. It is -1 where no record
   * is as young as the time given.
   *
   * @throws TopicNotFoundError
   */
  listOffsets(
    topic: string,
    offset: OffsetInput = Offset.latest,
    options: OperationOptions & { readonly isolation?: Isolation } = {},
  ): Promise<FoundOffset[]> {
    return this.#run((admin) => admin.listOffsets(topic, offset, options))
  }

  /** Lists the groups of all brokers. */
  listGroups(options: OperationOptions = {}): Listing<GroupSummary> {
    return new Listing(() => this.#run((admin) => admin.listGroups(options)))
  }

  /**
   * Describes a group: its members, what each has, and how far it is behind.
   *
   * @throws BrokerError with the code `group_id_not_found`
   */
  describeGroup(group: string, options: OperationOptions = {}): Promise<GroupDescription> {
    return this.#run((admin) => admin.describeGroup(group, options))
  }

  /**
   * Has a group without members go on from another place in `topic`. Returns the new offsets.
   *
   * @throws TopicNotFoundError, PartitionNotFoundError; BrokerError with the code `non_empty_group`
   */
  resetOffsets(
    group: string,
    topic: string,
    target: ResetTarget,
    options: OperationOptions = {},
  ): Promise<(TopicPartition & { readonly offset: number })[]> {
    return this.#run((admin) => admin.resetOffsets({ group, topic }, target, options))
  }

  /**
   * Deletes a group without members, and its offsets.
   *
   * @throws BrokerError with the code `non_empty_group` or `group_id_not_found`
   */
  deleteGroup(group: string, options: OperationOptions = {}): Promise<void> {
    return this.#run((admin) => admin.deleteGroup(group, options))
  }

  /**
   * Deletes what a group has committed in `topic`: all of it, or that of some `partitions`.
   *
   * @throws TopicNotFoundError, PartitionNotFoundError; BrokerError with the code
   * `group_subscribed_to_topic` while it has members that read the topic, or `group_id_not_found`
   */
  deleteGroupOffsets(
    group: string,
    topic: string,
    options: OperationOptions & { readonly partitions?: readonly number[] } = {},
  ): Promise<void> {
    return this.#run((admin) => admin.deleteGroupOffsets({ group, topic }, options))
  }

  /** Describes the cluster: its id, its brokers, and which of them is asked for changes. */
  describeCluster(options: OperationOptions = {}): Promise<ClusterDescription> {
    return this.#run((admin) => admin.describeCluster(options))
  }

  /** Lists the folders that brokers keep partitions in, with the size of each partition. */
  describeLogDirs(options: OperationOptions = {}): Listing<LogDirDescription> {
    return new Listing(() => this.#run((admin) => admin.describeLogDirs(options)))
  }

  /**
   * Lists the producers that the partitions of a topic remember, and which of them have a
   * transaction open there.
   *
   * @throws TopicNotFoundError
   */
  describeProducers(topic: string, options: OperationOptions = {}): Listing<ProducerState> {
    return new Listing(() => this.#run((admin) => admin.describeProducers(topic, options)))
  }

  /** Lists the transactional ids that brokers coordinate, with how far their transactions are. */
  listTransactions(options: ListTransactionsOptions = {}): Listing<TransactionSummary> {
    return new Listing(() => this.#run((admin) => admin.listTransactions(options)))
  }

  /**
   * Describes the last transaction of a transactional id.
   *
   * @throws BrokerError with the code `transactional_id_not_found`
   */
  describeTransaction(
    transactionalId: string,
    options: OperationOptions = {},
  ): Promise<TransactionDescription> {
    return this.#run((admin) => admin.describeTransaction(transactionalId, options))
  }

  /**
   * Ends a transaction in one partition that hangs: that `describeProducers` says is open, and that
   * no coordinator knows of any more. Readers of what is committed then go on behind it.
   *
   * @throws BrokerError with the code `invalid_producer_epoch` where the producer has gone on
   */
  abortTransaction(transaction: OpenTransaction, options: OperationOptions = {}): Promise<void> {
    return this.#run((admin) => admin.abortTransaction(transaction, options))
  }

  /**
   * Sets quotas of users, client ids or addresses; `null` takes one back, others stay.
   *
   * @throws BrokerError with the code `invalid_request`
   */
  alterQuotas(
    entity: QuotaEntity,
    quotas: Readonly<Partial<Record<QuotaName, number | null>>>,
    options: OperationOptions = {},
  ): Promise<void> {
    return this.#run((admin) => admin.alterQuotas(entity, quotas, options))
  }

  /** Lists the quotas that are set, of those that `filter` asks for. */
  describeQuotas(filter: QuotaFilter = {}, options: OperationOptions = {}): Listing<ClientQuotas> {
    return new Listing(() => this.#run((admin) => admin.describeQuotas(filter, options)))
  }

  /**
   * Sets passwords of users, and deletes credentials, of each user one in a call. On a kafka.do
   * server this ends connections that were opened with what is deleted or replaced.
   *
   * @throws BrokerError with the code `unacceptable_credential`, `resource_not_found`, …
   */
  alterScramCredentials(
    changes: readonly ScramChange[],
    options: OperationOptions = {},
  ): Promise<void> {
    return this.#run((admin) => admin.alterScramCredentials(changes, options))
  }

  /**
   * Lists users with SCRAM credentials: all, or those named.
   *
   * @throws BrokerError with the code `resource_not_found` for a name that has none
   */
  describeScramCredentials(
    users?: readonly string[],
    options: OperationOptions = {},
  ): Listing<ScramUser> {
    return new Listing(() => this.#run((admin) => admin.describeScramCredentials(users, options)))
  }

  /** Adds ACLs. @throws BrokerError with the code `security_disabled` where there are none */
  createAcls(acls: readonly Acl[], options: OperationOptions = {}): Promise<void> {
    return this.#run((admin) => admin.createAcls(acls, options))
  }

  /**
   * Lists the ACLs that match `filter`.
   *
   * @throws BrokerError with the code `security_disabled` where there are none
   */
  describeAcls(filter: AclFilter = {}, options: OperationOptions = {}): Listing<Required<Acl>> {
    return new Listing(() => this.#run((admin) => admin.describeAcls(filter, options)))
  }

  /**
   * Deletes the ACLs that match `filter`; all of them, where it says nothing. Returns them.
   *
   * @throws BrokerError with the code `security_disabled` where there are none
   */
  deleteAcls(filter: AclFilter, options: OperationOptions = {}): Promise<Required<Acl>[]> {
    return this.#run((admin) => admin.deleteAcls(filter, options))
  }

  async #run<Result>(use: (admin: Operations) => Promise<Result>): Promise<Result> {
    const { operationsOn } = await import('./operations.ts')
    return use(operationsOn(this.#cluster))
  }
}
