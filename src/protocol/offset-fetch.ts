/**
 * OffsetFetch: reads the offsets that groups have committed.
 *
 * Versions 1–10. Version 2 adds null for all topics (KIP-88) and an error for the whole group, 5
 * adds leader epochs (KIP-320), 6 is flexible (KIP-482), 7 can wait for transactions (KIP-447), 8
 * takes several groups (KIP-709), 9 adds member epochs (KIP-848), 10 names topics by id (KIP-516).
 */

import { zeroUuid } from '../bytes/uuid.ts'
import { api } from './api.ts'
import {
  array,
  boolean,
  int16,
  int32,
  int64,
  nullableArray,
  nullableSince,
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

const partitionOffset = struct({
  partitionIndex: int32,
  committedOffset: int64,
  committedLeaderEpoch: since(5, int32, -1),
  metadata: nullableString,
  errorCode: int16,
})

export const offsetFetch = api({
  name: 'OffsetFetch',
  key: 9,
  versions: { min: 1, max: 10, flexibleFrom: 6 },
  request: struct({
    groupId: within({ max: 7 }, string, ''),
    topics: within(
      { max: 7 },
      nullableSince(2, nullableArray(struct({ name: string, partitionIndexes: array(int32) })), []),
      [],
    ),
    groups: since(
      8,
      array(
        struct({
          groupId: string,
          memberId: since(9, nullableString, null),
          memberEpoch: since(9, int32, -1),
          topics: nullableArray(
            struct({
              name: within({ max: 9 }, string, ''),
              topicId: since(10, uuid, zeroUuid),
              partitionIndexes: array(int32),
            }),
          ),
        }),
      ),
      [],
    ),
    requireStable: since(7, boolean, false),
  }),
  response: struct({
    throttleTimeMs: since(3, int32, 0),
    topics: within(
      { max: 7 },
      array(
        struct({
          name: string,
          partitions: array(partitionOffset),
        }),
      ),
      [],
    ),
    errorCode: within({ min: 2, max: 7 }, int16, 0),
    groups: since(
      8,
      array(
        struct({
          groupId: string,
          topics: array(
            struct({
              name: within({ max: 9 }, string, ''),
              topicId: since(10, uuid, zeroUuid),
              partitions: array(partitionOffset),
            }),
          ),
          errorCode: optional(int16, 0),
        }),
      ),
      [],
    ),
  }),
})

export type OffsetFetchRequest = ValueOf<typeof offsetFetch.request>
export type OffsetFetchResponseInput = InputOf<typeof offsetFetch.response>
