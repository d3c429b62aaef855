/**
 * ExpireDelegationToken: ends a token, or sets when it ends (KIP-48).
 *
 * Versions 1–2. Version 2 is flexible (KIP-482).
 */

import { api } from './api.ts'
import { bytes, int16, int32, int64, optional } from './codec.ts'
import { struct } from './struct.ts'

export const expireDelegationToken = api({
  name: 'ExpireDelegationToken',
  key: 40,
  versions: { min: 1, max: 2, flexibleFrom: 2 },
  request: struct({
    hmac: bytes,
    expiryTimePeriodMs: int64,
  }),
  response: struct({
    errorCode: int16,
    expiryTimestampMs: optional(int64, 0),
    throttleTimeMs: optional(int32, 0),
  }),
})
