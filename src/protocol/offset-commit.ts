/**
 * OffsetCommit: stores the offsets up to which a group has read.
 *
 * Versions 2–10. Version 5 drops the retention time (KIP-211), 6 adds leader epochs (KIP-320), 7
 * adds static members (KIP-345), 8 is flexible (KIP-482), 9 adds the errors of KIP-848 groups, 10
 * names topics by id (KIP-516).
 */

import { zeroUuid } from '../bytes/uuid.ts'
import { api } from './api.ts'
import {
  array,
  clampedInt64,
  int16,
  int32,
  int64,
  nullableString,
  optional,
  since,
  string,
  uuid,
  within,
  type InputOf,
  type ValueOf,
} from './codec.ts'
import { struct } from './struct.ts'

export const offsetCommit = api({
  name: 'OffsetCommit',
  key: 8,
  versions: { min: 2, max: 10, flexibleFrom: 8 },
  request: struct({
    groupId: string,
    generationIdOrMemberEpoch: optional(int32, -1),
    memberId: string,
    groupInstanceId: since(7, nullableString, null),
    retentionTimeMs: within({ max: 4 }, clampedInt64, -1),
    topics: array(
      struct({
        name: within({ max: 9 }, string, ''),
        topicId: since(10, uuid, zeroUuid),
        partitions: array(
          struct({
            partitionIndex: int32,
            committedOffset: int64,
            committedLeaderEpoch: since(6, int32, -1),
            committedMetadata: nullableString,
          }),
        ),
      }),
    ),
  }),
  response: struct({
    throttleTimeMs: since(3, int32, 0),
    topics: array(
      struct({
        name: within({ max: 9 }, string, ''),
        topicId: since(10, uuid, zeroUuid),
        partitions: array(struct({ partitionIndex: int32, errorCode: int16 })),
      }),
    ),
  }),
})

export type OffsetCommitRequest = ValueOf<typeof offsetCommit.request>
export type OffsetCommitRequestInput = InputOf<typeof offsetCommit.request>
export type OffsetCommitResponseInput = InputOf<typeof offsetCommit.response>
