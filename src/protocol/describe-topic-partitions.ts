/**
 * DescribeTopicPartitions: describes topics page by page, with a cursor (KIP-966).
 *
 * Version 0, flexible.
 */

import { api } from './api.ts'
import {
  array,
  boolean,
  int16,
  int32,
  nullable,
  nullableArray,
  nullableString,
  optional,
  string,
  uuid,
  type ValueOf,
} from './codec.ts'
import { struct } from './struct.ts'

export const describeTopicPartitions = api({
  name: 'DescribeTopicPartitions',
  key: 75,
  versions: { min: 0, max: 0, flexibleFrom: 0 },
  request: struct({
    topics: array(struct({ name: string })),
    responsePartitionLimit: optional(int32, 2000),
    cursor: optional(nullable(struct({ topicName: string, partitionIndex: int32 })), null),
  }),
  response: struct({
    throttleTimeMs: optional(int32, 0),
    topics: array(
      struct({
        errorCode: int16,
        name: nullableString,
        topicId: uuid,
        isInternal: optional(boolean, false),
        partitions: array(
          struct({
            errorCode: int16,
            partitionIndex: int32,
            leaderId: int32,
            leaderEpoch: optional(int32, -1),
            replicaNodes: array(int32),
            isrNodes: array(int32),
            eligibleLeaderReplicas: optional(nullableArray(int32), null),
            lastKnownElr: optional(nullableArray(int32), null),
            offlineReplicas: optional(array(int32), []),
          }),
        ),
        topicAuthorizedOperations: optional(int32, -0x8000_0000),
      }),
    ),
    nextCursor: optional(nullable(struct({ topicName: string, partitionIndex: int32 })), null),
  }),
})

export type DescribeTopicPartitionsResponse = ValueOf<typeof describeTopicPartitions.response>
