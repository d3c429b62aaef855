/**
 * InitProducerId: gives an idempotent or transactional producer its id and epoch.
 *
 * Versions 0–5. Version 2 is flexible (KIP-482), 3 takes an id whose epoch shall be raised
 * (KIP-360), 4 and 5 add errors (KIP-588, KIP-890).
 */

import { api } from './api.ts'
import { int16, int32, int64, nullableString, optional, since } from './codec.ts'
import { struct } from './struct.ts'

export const initProducerId = api({
  name: 'InitProducerId',
  key: 22,
  versions: { min: 0, max: 5, flexibleFrom: 2 },
  request: struct({
    transactionalId: optional(nullableString, null),
    transactionTimeoutMs: int32,
    producerId: since(3, int64, -1),
    producerEpoch: since(3, int16, -1),
  }),
  response: struct({
    throttleTimeMs: optional(int32, 0),
    errorCode: int16,
    producerId: optional(int64, -1),
    producerEpoch: optional(int16, -1),
  }),
})
