/**
 * DescribeQuorum: tells the state of the metadata quorum (KIP-595).
 *
 * Versions 0–2, all flexible. Version 1 adds times of the replicas (KIP-836), 2 adds error
 * messages, directory ids and the addresses of the nodes (KIP-853).
 */

import { zeroUuid } from '../bytes/uuid.ts'
import { api } from './api.ts'
import {
  array,
  errorText,
  int16,
  int32,
  int64,
  optional,
  since,
  string,
  uint16,
  uuid,
} from './codec.ts'
import { struct } from './struct.ts'

const replica = struct({
  replicaId: int32,
  replicaDirectoryId: since(2, uuid, zeroUuid),
  logEndOffset: int64,
  lastFetchTimestamp: since(1, int64, -1),
  lastCaughtUpTimestamp: since(1, int64, -1),
})

export const describeQuorum = api({
  name: 'DescribeQuorum',
  key: 55,
  versions: { min: 0, max: 2, flexibleFrom: 0 },
  request: struct({
    topics: array(
      struct({
        topicName: string,
        partitions: array(struct({ partitionIndex: int32 })),
      }),
    ),
  }),
  response: struct({
    errorCode: int16,
    errorMessage: since(2, errorText, null),
    topics: optional(
      array(
        struct({
          topicName: string,
          partitions: array(
            struct({
              partitionIndex: int32,
              errorCode: int16,
              errorMessage: since(2, errorText, null),
              leaderId: int32,
              leaderEpoch: int32,
              highWatermark: optional(int64, -1),
              currentVoters: array(replica),
              observers: array(replica),
            }),
          ),
        }),
      ),
      [],
    ),
    nodes: since(
      2,
      array(
        struct({
          nodeId: int32,
          listeners: array(struct({ name: string, host: string, port: uint16 })),
        }),
      ),
      [],
    ),
  }),
})
