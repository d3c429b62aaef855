/**
 * Fetch: reads record batches from partitions, waiting until there are enough bytes.
 *
 * Versions 4–18. Version 4 carries record batches v2 and aborted transactions (KIP-98), 5 adds the
 * log start offset (KIP-107), 7 adds fetch sessions (KIP-227), 9 adds leader epochs (KIP-320), 10
 * allows zstd (KIP-110), 11 adds racks (KIP-392), 12 is flexible (KIP-482) and tells of diverging
 * epochs (KIP-595), 13 names topics by id (KIP-516), 15 moves the replica id into a tag (KIP-903),
 * 16 adds the addresses of new leaders (KIP-951), 17 adds directory ids (KIP-853), 18 adds the
 * follower's high watermark (KIP-1166).
 *
 * Tags that only replicas send and are sent are not in the table, and skipped as unknown ones are:
 * of requests directory ids and high watermarks, of responses diverging epochs and snapshot ids.
 */

import { zeroUuid } from '../bytes/uuid.ts'
import { api } from './api.ts'
import {
  array,
  int16,
  int32,
  int64,
  int8,
  nullableArray,
  nullableString,
  optional,
  records,
  since,
  string,
  tagged,
  uuid,
  within,
  type InputOf,
  type ValueOf,
} from './codec.ts'
import { currentLeader, nodeEndpoints } from './current-leader.ts'
import { struct } from './struct.ts'

const replicaState = struct({ replicaId: optional(int32, -1), replicaEpoch: optional(int64, -1) })
const noReplica = { replicaId: -1, replicaEpoch: -1 }

export const fetch = api({
  name: 'Fetch',
  key: 1,
  versions: { min: 4, max: 18, flexibleFrom: 12 },
  request: struct({
    clusterId: tagged({ number: 0, min: 12 }, nullableString, null),
    replicaId: within({ max: 14 }, int32, -1),
    replicaState: tagged({ number: 1, min: 15 }, replicaState, noReplica),
    maxWaitMs: int32,
    minBytes: int32,
    maxBytes: optional(int32, 0x7fff_ffff),
    isolationLevel: optional(int8, 0),
    sessionId: since(7, int32, 0),
    sessionEpoch: since(7, int32, -1),
    topics: array(
      struct({
        topic: within({ max: 12 }, string, ''),
        topicId: since(13, uuid, zeroUuid),
        partitions: array(
          struct({
            partition: int32,
            currentLeaderEpoch: since(9, int32, -1),
            fetchOffset: int64,
            lastFetchedEpoch: since(12, int32, -1),
            logStartOffset: since(5, int64, -1),
            partitionMaxBytes: int32,
          }),
        ),
      }),
    ),
    forgottenTopicsData: since(
      7,
      array(
        struct({
          topic: within({ max: 12 }, string, ''),
          topicId: since(13, uuid, zeroUuid),
          partitions: array(int32),
        }),
      ),
      [],
    ),
    rackId: since(11, string, ''),
  }),
  response: struct({
    throttleTimeMs: optional(int32, 0),
    errorCode: since(7, int16, 0),
    sessionId: since(7, int32, 0),
    responses: array(
      struct({
        topic: within({ max: 12 }, string, ''),
        topicId: since(13, uuid, zeroUuid),
        partitions: array(
          struct({
            partitionIndex: int32,
            errorCode: int16,
            highWatermark: optional(int64, -1),
            lastStableOffset: optional(int64, -1),
            logStartOffset: since(5, int64, -1),
            currentLeader: currentLeader({ number: 1, min: 12 }),
            abortedTransactions: optional(
              nullableArray(struct({ producerId: int64, firstOffset: int64 })),
              null,
            ),
            preferredReadReplica: since(11, int32, -1),
            records: optional(records, null),
          }),
        ),
      }),
    ),
    nodeEndpoints: nodeEndpoints({ number: 0, min: 16 }),
  }),
})

export type FetchRequestInput = InputOf<typeof fetch.request>
export type FetchResponse = ValueOf<typeof fetch.response>
export type FetchResponseInput = InputOf<typeof fetch.response>
