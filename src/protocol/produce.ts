/**
 * Produce: appends record batches to partitions.
 *
 * Versions 3–13. Version 3 carries record batches v2 (KIP-98), 5 adds the log start offset
 * (KIP-107), 7 allows zstd (KIP-110), 8 adds errors of single records (KIP-467), 9 is flexible
 * (KIP-482), 10 adds the current leader (KIP-951), 12 adds partitions to transactions by itself
 * (KIP-890), 13 names topics by id (KIP-516). Versions 4, 6 and 11 only add error codes or rules
 * for the receiver.
 */

import { zeroUuid } from '../bytes/uuid.ts'
import { api } from './api.ts'
import {
  array,
  errorText,
  int16,
  int32,
  int64,
  nullableString,
  optional,
  records,
  since,
  string,
  uuid,
  within,
  type InputOf,
  type ValueOf,
} from './codec.ts'
import { currentLeader, nodeEndpoints } from './current-leader.ts'
import { struct } from './struct.ts'

export const produce = api({
  name: 'Produce',
  key: 0,
  versions: { min: 3, max: 13, flexibleFrom: 9 },
  request: struct({
    transactionalId: optional(nullableString, null),
    acks: int16,
    timeoutMs: int32,
    topicData: array(
      struct({
        name: within({ max: 12 }, string, ''),
        topicId: since(13, uuid, zeroUuid),
        partitionData: array(
          struct({
            index: int32,
            records: optional(records, null),
          }),
        ),
      }),
    ),
  }),
  response: struct({
    responses: array(
      struct({
        name: within({ max: 12 }, string, ''),
        topicId: since(13, uuid, zeroUuid),
        partitionResponses: array(
          struct({
            index: int32,
            errorCode: int16,
            baseOffset: optional(int64, -1),
            logAppendTimeMs: optional(int64, -1),
            logStartOffset: since(5, int64, -1),
            recordErrors: since(
              8,
              array(
                struct({
                  batchIndex: int32,
                  batchIndexErrorMessage: optional(errorText, null),
                }),
              ),
              [],
            ),
            errorMessage: since(8, errorText, null),
            currentLeader: currentLeader({ number: 0, min: 10 }),
          }),
        ),
      }),
    ),
    throttleTimeMs: optional(int32, 0),
    nodeEndpoints: nodeEndpoints({ number: 0, min: 10 }),
  }),
})

export type ProduceRequest = ValueOf<typeof produce.request>
export type ProduceRequestInput = InputOf<typeof produce.request>
export type ProduceResponse = ValueOf<typeof produce.response>
