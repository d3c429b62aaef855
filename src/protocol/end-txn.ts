/**
 * EndTxn: commits or aborts a transaction.
 *
 * Versions 0–5. Version 2 adds PRODUCER_FENCED (KIP-588), 3 is flexible (KIP-482), 4 adds
 * TRANSACTION_ABORTABLE, 5 returns the epoch of the next transaction (KIP-890).
 */

import { api } from './api.ts'
import { boolean, int16, int32, int64, optional, since, string } from './codec.ts'
import { struct } from './struct.ts'

export const endTxn = api({
  name: 'EndTxn',
  key: 26,
  versions: { min: 0, max: 5, flexibleFrom: 3 },
  request: struct({
    transactionalId: string,
    producerId: int64,
    producerEpoch: int16,
    committed: boolean,
  }),
  response: struct({
    throttleTimeMs: optional(int32, 0),
    errorCode: int16,
    producerId: since(5, int64, -1),
    producerEpoch: since(5, int16, -1),
  }),
})
