/**
 * Records of `__cluster_metadata`: topics, partitions, configs, features, producer ids, quotas,
 * ACLs, and SCRAM credentials, as far as a single broker has them. All versions are flexible.
 */

import {
  array,
  boolean,
  bytes,
  int16,
  int32,
  int64,
  int8,
  nullableArray,
  nullableString,
  optional,
  since,
  string,
  tagged,
  uint16,
  uuid,
} from '../codec.ts'
import { float64 } from '../float64.ts'
import { struct } from '../struct.ts'
import { flexible, typedRecordSchema } from './record-schema.ts'

const endPoint = struct({
  name: string,
  host: string,
  port: uint16,
  securityProtocol: int16,
})

const featureRange = struct({
  name: string,
  minSupportedVersion: int16,
  maxSupportedVersion: int16,
})

const registerBrokerRecord = typedRecordSchema({
  type: 0,
  name: 'RegisterBrokerRecord',
  versions: { min: 0, max: 4, flexibleFrom: 0 },
  codec: struct({
    brokerId: int32,
    isMigratingZkBroker: since(2, boolean, false),
    incarnationId: uuid,
    brokerEpoch: int64,
    endPoints: array(endPoint),
    features: array(featureRange),
    rack: nullableString,
    fenced: optional(boolean, true),
    inControlledShutdown: since(1, boolean, false),
    logDirs: tagged({ number: 0, min: 3 }, array(uuid), []),
    cordonedLogDirs: tagged({ number: 1, min: 4 }, nullableArray(uuid), null),
  }),
})

const brokerRegistrationChangeRecord = typedRecordSchema({
  type: 17,
  name: 'BrokerRegistrationChangeRecord',
  versions: { min: 0, max: 3, flexibleFrom: 0 },
  codec: struct({
    brokerId: int32,
    brokerEpoch: int64,
    fenced: tagged({ number: 0, min: 0 }, int8, 0),
    inControlledShutdown: tagged({ number: 1, min: 1 }, int8, 0),
    logDirs: tagged({ number: 2, min: 2 }, array(uuid), []),
    cordonedLogDirs: tagged({ number: 3, min: 3 }, nullableArray(uuid), null),
  }),
})

const registerControllerRecord = typedRecordSchema({
  type: 27,
  name: 'RegisterControllerRecord',
  versions: flexible,
  codec: struct({
    controllerId: int32,
    incarnationId: uuid,
    zkMigrationReady: boolean,
    endPoints: array(endPoint),
    features: array(featureRange),
  }),
})

const topicRecord = typedRecordSchema({
  type: 2,
  name: 'TopicRecord',
  versions: flexible,
  codec: struct({ name: string, topicId: uuid }),
})

const partitionRecord = typedRecordSchema({
  type: 3,
  name: 'PartitionRecord',
  versions: { min: 0, max: 2, flexibleFrom: 0 },
  codec: struct({
    partitionId: optional(int32, -1),
    topicId: uuid,
    replicas: array(int32),
    isr: array(int32),
    removingReplicas: array(int32),
    addingReplicas: array(int32),
    leader: optional(int32, -1),
    leaderRecoveryState: tagged({ number: 0, min: 0 }, int8, 0),
    leaderEpoch: optional(int32, -1),
    partitionEpoch: optional(int32, -1),
    directories: since(1, array(uuid), []),
    eligibleLeaderReplicas: tagged({ number: 1, min: 2 }, nullableArray(int32), null),
    lastKnownElr: tagged({ number: 2, min: 2 }, nullableArray(int32), null),
  }),
})

const partitionChangeRecord = typedRecordSchema({
  type: 5,
  name: 'PartitionChangeRecord',
  versions: { min: 0, max: 2, flexibleFrom: 0 },
  codec: struct({
    partitionId: optional(int32, -1),
    topicId: uuid,
    isr: tagged({ number: 0, min: 0 }, nullableArray(int32), null),
    leader: tagged({ number: 1, min: 0 }, int32, -2),
    replicas: tagged({ number: 2, min: 0 }, nullableArray(int32), null),
    removingReplicas: tagged({ number: 3, min: 0 }, nullableArray(int32), null),
    addingReplicas: tagged({ number: 4, min: 0 }, nullableArray(int32), null),
    leaderRecoveryState: tagged({ number: 5, min: 0 }, int8, -1),
    directories: tagged({ number: 8, min: 1 }, nullableArray(uuid), null),
    eligibleLeaderReplicas: tagged({ number: 6, min: 2 }, nullableArray(int32), null),
    lastKnownElr: tagged({ number: 7, min: 2 }, nullableArray(int32), null),
  }),
})

const removeTopicRecord = typedRecordSchema({
  type: 9,
  name: 'RemoveTopicRecord',
  versions: flexible,
  codec: struct({ topicId: uuid }),
})

const configRecord = typedRecordSchema({
  type: 4,
  name: 'ConfigRecord',
  versions: flexible,
  codec: struct({
    resourceType: int8,
    resourceName: string,
    name: string,
    value: nullableString,
  }),
})

const featureLevelRecord = typedRecordSchema({
  type: 12,
  name: 'FeatureLevelRecord',
  versions: flexible,
  codec: struct({ name: string, featureLevel: int16 }),
})

const producerIdsRecord = typedRecordSchema({
  type: 15,
  name: 'ProducerIdsRecord',
  versions: flexible,
  codec: struct({
    brokerId: int32,
    brokerEpoch: optional(int64, -1),
    nextProducerId: int64,
  }),
})

const clientQuotaRecord = typedRecordSchema({
  type: 14,
  name: 'ClientQuotaRecord',
  versions: flexible,
  codec: struct({
    entity: array(struct({ entityType: string, entityName: nullableString })),
    key: string,
    value: float64,
    remove: boolean,
  }),
})

const accessControlEntryRecord = typedRecordSchema({
  type: 18,
  name: 'AccessControlEntryRecord',
  versions: flexible,
  codec: struct({
    id: uuid,
    resourceType: int8,
    resourceName: string,
    patternType: int8,
    principal: string,
    host: string,
    operation: int8,
    permissionType: int8,
  }),
})

const removeAccessControlEntryRecord = typedRecordSchema({
  type: 19,
  name: 'RemoveAccessControlEntryRecord',
  versions: flexible,
  codec: struct({ id: uuid }),
})

const userScramCredentialRecord = typedRecordSchema({
  type: 11,
  name: 'UserScramCredentialRecord',
  versions: flexible,
  codec: struct({
    name: string,
    mechanism: int8,
    salt: bytes,
    storedKey: bytes,
    serverKey: bytes,
    iterations: int32,
  }),
})

const removeUserScramCredentialRecord = typedRecordSchema({
  type: 22,
  name: 'RemoveUserScramCredentialRecord',
  versions: flexible,
  codec: struct({ name: string, mechanism: int8 }),
})

const clearElrRecord = typedRecordSchema({
  type: 28,
  name: 'ClearElrRecord',
  versions: flexible,
  codec: struct({ topicName: string }),
})

const noOpRecord = typedRecordSchema({
  type: 20,
  name: 'NoOpRecord',
  versions: flexible,
  codec: struct({}),
})

const beginTransactionRecord = typedRecordSchema({
  type: 23,
  name: 'BeginTransactionRecord',
  versions: flexible,
  codec: struct({
    name: tagged({ number: 0, min: 0 }, nullableString, null),
  }),
})

const endTransactionRecord = typedRecordSchema({
  type: 24,
  name: 'EndTransactionRecord',
  versions: flexible,
  codec: struct({}),
})

const abortTransactionRecord = typedRecordSchema({
  type: 25,
  name: 'AbortTransactionRecord',
  versions: flexible,
  codec: struct({
    reason: tagged({ number: 0, min: 0 }, nullableString, null),
  }),
})

/** All of the above. */
export const metadataSchemas = {
  registerBrokerRecord,
  brokerRegistrationChangeRecord,
  registerControllerRecord,
  topicRecord,
  partitionRecord,
  partitionChangeRecord,
  removeTopicRecord,
  configRecord,
  featureLevelRecord,
  producerIdsRecord,
  clientQuotaRecord,
  accessControlEntryRecord,
  removeAccessControlEntryRecord,
  userScramCredentialRecord,
  removeUserScramCredentialRecord,
  clearElrRecord,
  noOpRecord,
  beginTransactionRecord,
  endTransactionRecord,
  abortTransactionRecord,
}
