/** The requests of the authorization matrix that are about the cluster, its configs and users. */

import { alterClientQuotas } from '../../../src/protocol/alter-client-quotas.ts'
import { alterConfigs } from '../../../src/protocol/alter-configs.ts'
import { alterPartitionReassignments } from '../../../src/protocol/alter-partition-reassignments.ts'
import { alterReplicaLogDirs } from '../../../src/protocol/alter-replica-log-dirs.ts'
import { alterUserScramCredentials } from '../../../src/protocol/alter-user-scram-credentials.ts'
import { createAcls } from '../../../src/protocol/create-acls.ts'
import { createDelegationToken } from '../../../src/protocol/create-delegation-token.ts'
import { deleteAcls } from '../../../src/protocol/delete-acls.ts'
import { describeAcls } from '../../../src/protocol/describe-acls.ts'
import { describeClientQuotas } from '../../../src/protocol/describe-client-quotas.ts'
import { describeCluster } from '../../../src/protocol/describe-cluster.ts'
import { describeConfigs } from '../../../src/protocol/describe-configs.ts'
import { describeDelegationToken } from '../../../src/protocol/describe-delegation-token.ts'
import { describeQuorum } from '../../../src/protocol/describe-quorum.ts'
import { describeUserScramCredentials } from '../../../src/protocol/describe-user-scram-credentials.ts'
import { electLeaders } from '../../../src/protocol/elect-leaders.ts'
import { expireDelegationToken } from '../../../src/protocol/expire-delegation-token.ts'
import { incrementalAlterConfigs } from '../../../src/protocol/incremental-alter-configs.ts'
import { listConfigResources } from '../../../src/protocol/list-config-resources.ts'
import { listPartitionReassignments } from '../../../src/protocol/list-partition-reassignments.ts'
import { renewDelegationToken } from '../../../src/protocol/renew-delegation-token.ts'
import { unregisterBroker } from '../../../src/protocol/unregister-broker.ts'
import { updateFeatures } from '../../../src/protocol/update-features.ts'
import { names } from './principals.ts'
import { request, type MatrixRequest } from './matrix-request.ts'

const { topic, group, cluster } = names
const none = 'm-none'
const topics = [topic, none]

/** Resources that have configs: Kafka's numbers of their types, and names. */
const configured = [
  { resourceType: 2, resourceName: topic },
  { resourceType: 2, resourceName: none },
  { resourceType: 4, resourceName: '1' },
  { resourceType: 32, resourceName: group },
]
const settings: Readonly<Record<number, string>> = {
  2: 'retention.ms',
  4: 'message.max.bytes',
  32: 'consumer.session.timeout.ms',
}
const nobody = { entityType: 'user', entityName: 'm-nobody' }
const acl = {
  resourceType: 2,
  resourceName: 'm-other',
  resourcePatternType: 3,
  principal: 'User:m-other',
  host: '*',
  operation: 3,
  permissionType: 3,
}
const filter = {
  resourceTypeFilter: 2,
  resourceNameFilter: 'm-nothing',
  patternTypeFilter: 3,
  principalFilter: null,
  hostFilter: null,
  operation: 1,
  permissionType: 1,
}
const token = { hmac: new Uint8Array(4) }

export const clusterRequests: readonly MatrixRequest[] = [
  request(describeCluster, { includeClusterAuthorizedOperations: true }),
  request(describeConfigs, {
    resources: configured.map((resource) => ({ ...resource, configurationKeys: ['none'] })),
  }),
  request(alterConfigs, {
    resources: configured.map((resource) => {
      return { ...resource, configs: [{ name: settings[resource.resourceType]!, value: '50000' }] }
    }),
    validateOnly: true,
  }),
  request(incrementalAlterConfigs, {
    resources: configured.map((resource) => {
      const name = settings[resource.resourceType]!
      return { ...resource, configs: [{ name, configOperation: 0, value: '50000' }] }
    }),
    validateOnly: true,
  }),
  request(listConfigResources, { resourceTypes: [2] }),
  request(describeQuorum, {
    topics: [{ topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0 }] }],
  }),
  request(electLeaders, {
    electionType: 0,
    topicPartitions: topics.map((name) => ({ topic: name, partitions: [0] })),
  }),
  request(alterPartitionReassignments, {
    topics: topics.map((name) => {
      return { name, partitions: [{ partitionIndex: 0, replicas: null }] }
    }),
  }),
  request(listPartitionReassignments, {
    topics: topics.map((name) => ({ name, partitionIndexes: [0] })),
  }),
  request(alterReplicaLogDirs, {
    dirs: [{ path: '/m-none', topics: [{ name: topic, partitions: [0] }] }],
  }),
  request(describeClientQuotas, {
    components: [{ entityType: 'user', matchType: 0, match: 'm-nobody' }],
    strict: true,
  }),
  request(alterClientQuotas, {
    entries: [
      { entity: [nobody], ops: [{ key: 'producer_byte_rate', value: 1000, remove: false }] },
    ],
    validateOnly: true,
  }),
  request(describeUserScramCredentials, { users: [{ name: 'm-nobody' }] }),
  request(alterUserScramCredentials, { deletions: [{ name: 'm-nobody', mechanism: 1 }] }),
  request(createAcls, {
    creations: [
      acl,
      { ...acl, resourceName: '' },
      { ...acl, resourceType: 4, resourceName: cluster },
    ],
  }),
  request(describeAcls, { ...filter, resourceNameFilter: 'm-other' }),
  request(deleteAcls, { filters: [filter] }),
  request(updateFeatures, {
    featureUpdates: [{ feature: 'm-none', maxVersionLevel: 1 }],
    validateOnly: true,
  }),
  request(unregisterBroker, { brokerId: 99 }),
  request(createDelegationToken, { renewers: [], maxLifetimeMs: -1 }),
  request(describeDelegationToken, { owners: null }),
  request(expireDelegationToken, { ...token, expiryTimePeriodMs: -1 }),
  request(renewDelegationToken, { ...token, renewPeriodMs: -1 }),
]
