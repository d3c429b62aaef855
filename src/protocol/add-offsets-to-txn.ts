/**
 * AddOffsetsToTxn: adds a group's offsets to a transaction before TxnOffsetCommit.
 *
 * Versions 0–4. Version 2 adds PRODUCER_FENCED (KIP-588), 3 is flexible (KIP-482), 4 adds
 * TRANSACTION_ABORTABLE (KIP-890).
 */

import { api } from './api.ts'
import { int16, int32, int64, optional, string } from './codec.ts'
import { struct } from './struct.ts'

export const addOffsetsToTxn = api({
  name: 'AddOffsetsToTxn',
  key: 25,
  versions: { min: 0, max: 4, flexibleFrom: 3 },
  request: struct({
    transactionalId: string,
    producerId: int64,
    producerEpoch: int16,
    groupId: string,
  }),
  response: struct({
    throttleTimeMs: optional(int32, 0),
    errorCode: int16,
  }),
})
