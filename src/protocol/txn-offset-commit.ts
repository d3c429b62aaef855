/**
 * TxnOffsetCommit: commits a group's offsets as part of a transaction.
 *
 * Versions 0–5. Version 2 adds leader epochs (KIP-320), 3 is flexible (KIP-482) and checks the
 * group's member and generation (KIP-447), 4 adds TRANSACTION_ABORTABLE, 5 adds the group to the
 * transaction by itself (KIP-890).
 */

import { api } from './api.ts'
import {
  array,
  int16,
  int32,
  int64,
  nullableString,
  optional,
  since,
  string,
  type InputOf,
  type ValueOf,
} from './codec.ts'
import { struct } from './struct.ts'

export const txnOffsetCommit = api({
  name: 'TxnOffsetCommit',
  key: 28,
  versions: { min: 0, max: 5, flexibleFrom: 3 },
  request: struct({
    transactionalId: string,
    groupId: string,
    producerId: int64,
    producerEpoch: int16,
    generationId: since(3, int32, -1),
    memberId: since(3, string, ''),
    groupInstanceId: since(3, nullableString, null),
    topics: array(
      struct({
        name: string,
        partitions: array(
          struct({
            partitionIndex: int32,
            committedOffset: int64,
            committedLeaderEpoch: since(2, int32, -1),
            committedMetadata: nullableString,
          }),
        ),
      }),
    ),
  }),
  response: struct({
    throttleTimeMs: optional(int32, 0),
    topics: array(
      struct({
        name: string,
        partitions: array(struct({ partitionIndex: int32, errorCode: int16 })),
      }),
    ),
  }),
})

export type TxnOffsetCommitRequest = ValueOf<typeof txnOffsetCommit.request>
export type TxnOffsetCommitResponseInput = InputOf<typeof txnOffsetCommit.response>
