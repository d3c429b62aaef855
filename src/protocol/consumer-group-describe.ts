/**
 * ConsumerGroupDescribe: tells the state, members and assignments of KIP-848 groups.
 *
 * Versions 0–1, both flexible. Version 1 adds the type of each member (KIP-1099).
 */

import { api } from './api.ts'
import {
  array,
  boolean,
  errorText,
  int16,
  int32,
  int8,
  nullableString,
  optional,
  since,
  string,
  uuid,
  type InputOf,
  type ValueOf,
} from './codec.ts'
import { struct } from './struct.ts'

const assignment = struct({
  topicPartitions: array(struct({ topicId: uuid, topicName: string, partitions: array(int32) })),
})

const member = struct({
  memberId: string,
  instanceId: optional(nullableString, null),
  rackId: optional(nullableString, null),
  memberEpoch: int32,
  clientId: string,
  clientHost: string,
  subscribedTopicNames: array(string),
  subscribedTopicRegex: optional(nullableString, null),
  assignment,
  targetAssignment: assignment,
  memberType: since(1, int8, -1),
})

export const consumerGroupDescribe = api({
  name: 'ConsumerGroupDescribe',
  key: 69,
  versions: { min: 0, max: 1, flexibleFrom: 0 },
  request: struct({
    groupIds: array(string),
    includeAuthorizedOperations: optional(boolean, false),
  }),
  response: struct({
    throttleTimeMs: optional(int32, 0),
    groups: array(
      struct({
        errorCode: int16,
        errorMessage: optional(errorText, null),
        groupId: string,
        groupState: optional(string, ''),
        groupEpoch: optional(int32, 0),
        assignmentEpoch: optional(int32, 0),
        assignorName: optional(string, ''),
        members: optional(array(member), []),
        authorizedOperations: optional(int32, -0x8000_0000),
      }),
    ),
  }),
})

export type ConsumerGroupDescribeRequest = ValueOf<typeof consumerGroupDescribe.request>
export type ConsumerGroupDescribeResponseInput = InputOf<typeof consumerGroupDescribe.response>
