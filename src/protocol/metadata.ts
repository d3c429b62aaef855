/**
 * Metadata: lists brokers, topics, and who leads each partition.
 *
 * Versions 0–13. Version 1 adds racks, the controller and internal topics, and takes null instead
 * of an empty list for all topics; 2 adds the cluster id (KIP-78), 4 can create topics (KIP-204), 5
 * adds offline replicas (KIP-112), 7 adds leader epochs (KIP-320), 8 adds authorized operations
 * (KIP-430), 9 is flexible (KIP-482), 10 adds topic ids, 12 takes them instead of names (KIP-516),
 * 13 adds an error for the whole response (KIP-1102).
 */

import { zeroUuid } from '../bytes/uuid.ts'
import { api } from './api.ts'
import {
  array,
  boolean,
  int16,
  int32,
  nullableArray,
  nullableSince,
  nullableString,
  since,
  string,
  uuid,
  within,
  type InputOf,
  type ValueOf,
} from './codec.ts'
import { struct } from './struct.ts'

export const metadata = api({
  name: 'Metadata',
  key: 3,
  versions: { min: 0, max: 13, flexibleFrom: 9 },
  request: struct({
    topics: nullableSince(
      1,
      nullableArray(
        struct({
          topicId: since(10, uuid, zeroUuid),
          name: nullableSince(10, nullableString, ''),
        }),
      ),
      [],
    ),
    allowAutoTopicCreation: since(4, boolean, true),
    includeClusterAuthorizedOperations: within({ min: 8, max: 10 }, boolean, false),
    includeTopicAuthorizedOperations: since(8, boolean, false),
  }),
  response: struct({
    throttleTimeMs: since(3, int32, 0),
    brokers: array(
      struct({
        nodeId: int32,
        host: string,
        port: int32,
        rack: since(1, nullableString, null),
      }),
    ),
    clusterId: since(2, nullableString, null),
    controllerId: since(1, int32, -1),
    topics: array(
      struct({
        errorCode: int16,
        name: nullableSince(12, nullableString, ''),
        topicId: since(10, uuid, zeroUuid),
        isInternal: since(1, boolean, false),
        partitions: array(
          struct({
            errorCode: int16,
            partitionIndex: int32,
            leaderId: int32,
            leaderEpoch: since(7, int32, -1),
            replicaNodes: array(int32),
            isrNodes: array(int32),
            offlineReplicas: since(5, array(int32), []),
          }),
        ),
        topicAuthorizedOperations: since(8, int32, -0x8000_0000),
      }),
    ),
    clusterAuthorizedOperations: within({ min: 8, max: 10 }, int32, -0x8000_0000),
    errorCode: since(13, int16, 0),
  }),
})

export type MetadataResponse = ValueOf<typeof metadata.response>
export type MetadataResponseInput = InputOf<typeof metadata.response>
