/**
 * ListTransactions: lists the transactions that a broker coordinates (KIP-664).
 *
 * Versions 0–2, all flexible. Version 1 filters by age (KIP-994), 2 by a pattern of transactional
 * ids (KIP-1152).
 */

import { api } from './api.ts'
import { array, int16, int32, int64, nullableString, optional, since, string } from './codec.ts'
import { struct } from './struct.ts'

export const listTransactions = api({
  name: 'ListTransactions',
  key: 66,
  versions: { min: 0, max: 2, flexibleFrom: 0 },
  request: struct({
    stateFilters: optional(array(string), []),
    producerIdFilters: optional(array(int64), []),
    durationFilter: since(1, int64, -1),
    transactionalIdPattern: since(2, nullableString, null),
  }),
  response: struct({
    throttleTimeMs: optional(int32, 0),
    errorCode: int16,
    unknownStateFilters: optional(array(string), []),
    transactionStates: optional(
      array(
        struct({
          transactionalId: string,
          producerId: int64,
          transactionState: string,
        }),
      ),
      [],
    ),
  }),
})
