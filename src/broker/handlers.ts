/** What the broker serves: each API with its handler, and the versions in which it is served. */

import type { Api } from '../protocol/api.ts'
import { addOffsetsToTxn } from '../protocol/add-offsets-to-txn.ts'
import { addPartitionsToTxn } from '../protocol/add-partitions-to-txn.ts'
import { alterClientQuotas } from '../protocol/alter-client-quotas.ts'
import { alterConfigs } from '../protocol/alter-configs.ts'
import { alterPartitionReassignments } from '../protocol/alter-partition-reassignments.ts'
import { alterReplicaLogDirs } from '../protocol/alter-replica-log-dirs.ts'
import { alterUserScramCredentials } from '../protocol/alter-user-scram-credentials.ts'
import { apiVersions } from '../protocol/api-versions.ts'
import { consumerGroupDescribe } from '../protocol/consumer-group-describe.ts'
import { consumerGroupHeartbeat } from '../protocol/consumer-group-heartbeat.ts'
import { createDelegationToken } from '../protocol/create-delegation-token.ts'
import { createAcls } from '../protocol/create-acls.ts'
import { createPartitions } from '../protocol/create-partitions.ts'
import { createTopics } from '../protocol/create-topics.ts'
import { deleteAcls } from '../protocol/delete-acls.ts'
import { deleteGroups } from '../protocol/delete-groups.ts'
import { deleteRecords } from '../protocol/delete-records.ts'
import { deleteTopics } from '../protocol/delete-topics.ts'
import { describeAcls } from '../protocol/describe-acls.ts'
import { describeClientQuotas } from '../protocol/describe-client-quotas.ts'
import { describeCluster } from '../protocol/describe-cluster.ts'
import { describeConfigs } from '../protocol/describe-configs.ts'
import { describeDelegationToken } from '../protocol/describe-delegation-token.ts'
import { describeGroups } from '../protocol/describe-groups.ts'
import { describeLogDirs } from '../protocol/describe-log-dirs.ts'
import { describeProducers } from '../protocol/describe-producers.ts'
import { describeQuorum } from '../protocol/describe-quorum.ts'
import { describeTopicPartitions } from '../protocol/describe-topic-partitions.ts'
import { describeTransactions } from '../protocol/describe-transactions.ts'
import { describeUserScramCredentials } from '../protocol/describe-user-scram-credentials.ts'
import { electLeaders } from '../protocol/elect-leaders.ts'
import { endTxn } from '../protocol/end-txn.ts'
import { expireDelegationToken } from '../protocol/expire-delegation-token.ts'
import { fetch } from '../protocol/fetch.ts'
import { findCoordinator } from '../protocol/find-coordinator.ts'
import { heartbeat } from '../protocol/heartbeat.ts'
import { incrementalAlterConfigs } from '../protocol/incremental-alter-configs.ts'
import { initProducerId } from '../protocol/init-producer-id.ts'
import { joinGroup } from '../protocol/join-group.ts'
import { leaveGroup } from '../protocol/leave-group.ts'
import { listConfigResources } from '../protocol/list-config-resources.ts'
import { listGroups } from '../protocol/list-groups.ts'
import { listOffsets } from '../protocol/list-offsets.ts'
import { listPartitionReassignments } from '../protocol/list-partition-reassignments.ts'
import { listTransactions } from '../protocol/list-transactions.ts'
import { metadata } from '../protocol/metadata.ts'
import { offsetCommit } from '../protocol/offset-commit.ts'
import { offsetDelete } from '../protocol/offset-delete.ts'
import { offsetFetch } from '../protocol/offset-fetch.ts'
import { offsetForLeaderEpoch } from '../protocol/offset-for-leader-epoch.ts'
import { produce } from '../protocol/produce.ts'
import { renewDelegationToken } from '../protocol/renew-delegation-token.ts'
import { saslAuthenticate } from '../protocol/sasl-authenticate.ts'
import { saslHandshake } from '../protocol/sasl-handshake.ts'
import { syncGroup } from '../protocol/sync-group.ts'
import { txnOffsetCommit } from '../protocol/txn-offset-commit.ts'
import { unregisterBroker } from '../protocol/unregister-broker.ts'
import { updateFeatures } from '../protocol/update-features.ts'
import { writeTxnMarkers } from '../protocol/write-txn-markers.ts'
import { handleAddOffsetsToTxn } from './handlers/add-offsets-to-txn.ts'
import { handleAddPartitionsToTxn } from './handlers/add-partitions-to-txn.ts'
import { handleAlterClientQuotas } from './handlers/alter-client-quotas.ts'
import { handleAlterConfigs } from './handlers/alter-configs.ts'
import { handleAlterPartitionReassignments } from './handlers/alter-partition-reassignments.ts'
import { handleAlterReplicaLogDirs } from './handlers/alter-replica-log-dirs.ts'
import { handleAlterUserScramCredentials } from './handlers/alter-user-scram-credentials.ts'
import { handleApiVersions } from './handlers/api-versions.ts'
import { handleConsumerGroupDescribe } from './handlers/consumer-group-describe.ts'
import { handleConsumerGroupHeartbeat } from './handlers/consumer-group-heartbeat.ts'
import { handleCreateAcls } from './handlers/create-acls.ts'
import { handleCreatePartitions } from './handlers/create-partitions.ts'
import { handleCreateTopics } from './handlers/create-topics.ts'
import { handleDeleteAcls } from './handlers/delete-acls.ts'
import { handleDeleteGroups } from './handlers/delete-groups.ts'
import { handleDeleteRecords } from './handlers/delete-records.ts'
import { handleDeleteTopics } from './handlers/delete-topics.ts'
import { handleDescribeAcls } from './handlers/describe-acls.ts'
import { handleDescribeClientQuotas } from './handlers/describe-client-quotas.ts'
import { handleDescribeCluster } from './handlers/describe-cluster.ts'
import { handleDescribeConfigs } from './handlers/describe-configs.ts'
import { handleDescribeGroups } from './handlers/describe-groups.ts'
import { handleDescribeLogDirs } from './handlers/describe-log-dirs.ts'
import { handleDescribeProducers } from './handlers/describe-producers.ts'
import { handleDescribeQuorum } from './handlers/describe-quorum.ts'
import { handleDescribeTopicPartitions } from './handlers/describe-topic-partitions.ts'
import { handleDescribeTransactions } from './handlers/describe-transactions.ts'
import { handleDescribeUserScramCredentials } from './handlers/describe-user-scram-credentials.ts'
import { handleElectLeaders } from './handlers/elect-leaders.ts'
import { handleEndTxn } from './handlers/end-txn.ts'
import { handleFetch } from './handlers/fetch.ts'
import { handleFindCoordinator } from './handlers/find-coordinator.ts'
import { handleHeartbeat } from './handlers/heartbeat.ts'
import { handleIncrementalAlterConfigs } from './handlers/incremental-alter-configs.ts'
import { handleInitProducerId } from './handlers/init-producer-id.ts'
import { handleJoinGroup } from './handlers/join-group.ts'
import { handleLeaveGroup } from './handlers/leave-group.ts'
import { handleListConfigResources } from './handlers/list-config-resources.ts'
import { handleListGroups } from './handlers/list-groups.ts'
import { handleListOffsets } from './handlers/list-offsets.ts'
import { handleListPartitionReassignments } from './handlers/list-partition-reassignments.ts'
import { handleListTransactions } from './handlers/list-transactions.ts'
import { handleMetadata } from './handlers/metadata.ts'
import { handleOffsetCommit } from './handlers/offset-commit.ts'
import { handleOffsetDelete } from './handlers/offset-delete.ts'
import { handleOffsetFetch } from './handlers/offset-fetch.ts'
import { handleOffsetForLeaderEpoch } from './handlers/offset-for-leader-epoch.ts'
import { handleProduce } from './handlers/produce.ts'
import { handleSaslAuthenticate } from './handlers/sasl-authenticate.ts'
import { handleSaslHandshake } from './handlers/sasl-handshake.ts'
import { handleSyncGroup } from './handlers/sync-group.ts'
import { handleTxnOffsetCommit } from './handlers/txn-offset-commit.ts'
import {
  handleCreateDelegationToken,
  handleDescribeDelegationToken,
  handleExpireDelegationToken,
  handleRenewDelegationToken,
} from './handlers/delegation-tokens.ts'
import { handleUnregisterBroker } from './handlers/unregister-broker.ts'
import { handleUpdateFeatures } from './handlers/update-features.ts'
import { handleWriteTxnMarkers } from './handlers/write-txn-markers.ts'
import type { AdvertisedApi, Handler } from './request-context.ts'

/** One API as it is served. The types of its messages are known to its handler alone. */
export interface ApiHandler {
  readonly api: Api
  readonly handler: Handler<Api>
  readonly min: number
  readonly max: number
  /** What clients are told is the first version, where that is not `min`. */
  readonly advertisedMin: number
}

interface Limits {
  readonly max?: number
  readonly advertisedMin?: number
}

function serve<AnyApi extends Pick<Api, 'versions'>>(
  api: AnyApi,
  handler: Handler<AnyApi>,
  { max, advertisedMin }: Limits = {},
): ApiHandler {
  const { versions } = api
  return {
    // The table has APIs of all types; `handle` gives each handler what its own API has read.
    api: api as unknown as Api,
    handler: handler as unknown as Handler<Api>,
    min: versions.min,
    max: max ?? versions.max,
    advertisedMin: advertisedMin ?? versions.min,
  }
}

const entries: readonly ApiHandler[] = [
  // librdkafka before 2.9 compresses only where it sees Produce version 0 (KAFKA-18659).
  serve(produce, handleProduce, { advertisedMin: 0 }),
  serve(fetch, handleFetch),
  serve(listOffsets, handleListOffsets),
  serve(metadata, handleMetadata),
  serve(findCoordinator, handleFindCoordinator),
  serve(apiVersions, handleApiVersions, { max: 4 }),
  serve(createTopics, handleCreateTopics),
  serve(deleteTopics, handleDeleteTopics),
  serve(deleteRecords, handleDeleteRecords),
  serve(initProducerId, handleInitProducerId),
  serve(offsetForLeaderEpoch, handleOffsetForLeaderEpoch),
  serve(describeConfigs, handleDescribeConfigs),
  serve(alterConfigs, handleAlterConfigs),
  serve(describeLogDirs, handleDescribeLogDirs),
  serve(describeTopicPartitions, handleDescribeTopicPartitions),
  serve(createPartitions, handleCreatePartitions),
  serve(incrementalAlterConfigs, handleIncrementalAlterConfigs),
  serve(describeCluster, handleDescribeCluster),
  serve(addOffsetsToTxn, handleAddOffsetsToTxn),
  serve(addPartitionsToTxn, handleAddPartitionsToTxn, { max: 3 }),
  serve(describeProducers, handleDescribeProducers),
  serve(describeTransactions, handleDescribeTransactions),
  serve(endTxn, handleEndTxn),
  serve(listTransactions, handleListTransactions),
  serve(txnOffsetCommit, handleTxnOffsetCommit),
  serve(writeTxnMarkers, handleWriteTxnMarkers),
  serve(electLeaders, handleElectLeaders),
  serve(alterPartitionReassignments, handleAlterPartitionReassignments),
  serve(listPartitionReassignments, handleListPartitionReassignments),
  serve(describeQuorum, handleDescribeQuorum),
  serve(listConfigResources, handleListConfigResources),
  serve(joinGroup, handleJoinGroup),
  serve(syncGroup, handleSyncGroup),
  serve(heartbeat, handleHeartbeat),
  serve(leaveGroup, handleLeaveGroup),
  serve(consumerGroupHeartbeat, handleConsumerGroupHeartbeat),
  serve(consumerGroupDescribe, handleConsumerGroupDescribe),
  serve(offsetCommit, handleOffsetCommit),
  serve(offsetFetch, handleOffsetFetch),
  serve(offsetDelete, handleOffsetDelete),
  serve(describeGroups, handleDescribeGroups),
  serve(listGroups, handleListGroups),
  serve(deleteGroups, handleDeleteGroups),
  serve(saslHandshake, handleSaslHandshake),
  serve(saslAuthenticate, handleSaslAuthenticate),
  serve(describeAcls, handleDescribeAcls),
  serve(createAcls, handleCreateAcls),
  serve(deleteAcls, handleDeleteAcls),
  serve(describeUserScramCredentials, handleDescribeUserScramCredentials),
  serve(alterUserScramCredentials, handleAlterUserScramCredentials),
  serve(describeClientQuotas, handleDescribeClientQuotas),
  serve(alterClientQuotas, handleAlterClientQuotas),
  serve(updateFeatures, handleUpdateFeatures),
  serve(alterReplicaLogDirs, handleAlterReplicaLogDirs),
  serve(unregisterBroker, handleUnregisterBroker),
  serve(createDelegationToken, handleCreateDelegationToken),
  serve(renewDelegationToken, handleRenewDelegationToken),
  serve(expireDelegationToken, handleExpireDelegationToken),
  serve(describeDelegationToken, handleDescribeDelegationToken),
]

const byKey: (ApiHandler | undefined)[] = []
for (const entry of entries) byKey[entry.api.key] = entry

export function handlerOf(apiKey: number): ApiHandler | undefined {
  return byKey[apiKey]
}

/** What `ApiVersions` tells clients. */
export const advertisedApis: readonly AdvertisedApi[] = byKey.flatMap((entry) => {
  if (!entry) return []
  const { api, advertisedMin, max } = entry
  return [{ apiKey: api.key, minVersion: advertisedMin, maxVersion: max }]
})
