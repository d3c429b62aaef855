/**
 * ConsumerGroupHeartbeat: the one request of KIP-848 group members: it joins, reports, gets the
 * assignment and leaves.
 *
 * Versions 0–1, both flexible. Version 1 adds subscriptions by a regular expression and member ids
 * made by the client. Null fields of a request mean "as before".
 */

import { api } from './api.ts'
import {
  array,
  errorText,
  int16,
  int32,
  nullable,
  nullableArray,
  nullableString,
  optional,
  since,
  string,
  uuid,
  type InputOf,
  type ValueOf,
} from './codec.ts'
import { struct } from './struct.ts'

export const consumerGroupHeartbeat = api({
  name: 'ConsumerGroupHeartbeat',
  key: 68,
  versions: { min: 0, max: 1, flexibleFrom: 0 },
  request: struct({
    groupId: string,
    memberId: string,
    memberEpoch: int32,
    instanceId: optional(nullableString, null),
    rackId: optional(nullableString, null),
    rebalanceTimeoutMs: optional(int32, -1),
    subscribedTopicNames: optional(nullableArray(string), null),
    subscribedTopicRegex: since(1, nullableString, null),
    serverAssignor: optional(nullableString, null),
    topicPartitions: optional(
      nullableArray(struct({ topicId: uuid, partitions: array(int32) })),
      null,
    ),
  }),
  response: struct({
    throttleTimeMs: optional(int32, 0),
    errorCode: int16,
    errorMessage: optional(errorText, null),
    memberId: optional(nullableString, null),
    memberEpoch: optional(int32, 0),
    heartbeatIntervalMs: optional(int32, 0),
    assignment: optional(
      nullable(
        struct({
          topicPartitions: array(struct({ topicId: uuid, partitions: array(int32) })),
        }),
      ),
      null,
    ),
  }),
})

export type ConsumerGroupHeartbeatRequest = ValueOf<typeof consumerGroupHeartbeat.request>
export type ConsumerGroupHeartbeatRequestInput = InputOf<typeof consumerGroupHeartbeat.request>
export type ConsumerGroupHeartbeatResponse = ValueOf<typeof consumerGroupHeartbeat.response>
export type ConsumerGroupHeartbeatResponseInput = InputOf<typeof consumerGroupHeartbeat.response>
