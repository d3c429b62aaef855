/**
 * RenewDelegationToken: makes a token last longer (KIP-48).
 *
 * Versions 1–2. Version 2 is flexible (KIP-482).
 */

import { api } from './api.ts'
import { bytes, int16, int32, int64, optional } from './codec.ts'
import { struct } from './struct.ts'

export const renewDelegationToken = api({
  name: 'RenewDelegationToken',
  key: 39,
  versions: { min: 1, max: 2, flexibleFrom: 2 },
  request: struct({
    hmac: bytes,
    renewPeriodMs: int64,
  }),
  response: struct({
    errorCode: int16,
    expiryTimestampMs: optional(int64, 0),
    throttleTimeMs: optional(int32, 0),
  }),
})
