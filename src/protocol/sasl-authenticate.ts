/**
 * SaslAuthenticate: carries the tokens of a SASL mechanism (KIP-152).
 *
 * Versions 0–2. Version 1 adds the lifetime of the session (KIP-368), 2 is flexible (KIP-482).
 */

import { api } from './api.ts'
import { bytes, clampedInt64, errorText, int16, optional, since, type ValueOf } from './codec.ts'
import { struct } from './struct.ts'

export const saslAuthenticate = api({
  name: 'SaslAuthenticate',
  key: 36,
  versions: { min: 0, max: 2, flexibleFrom: 2 },
  request: struct({ authBytes: bytes }),
  response: struct({
    errorCode: int16,
    errorMessage: optional(errorText, null),
    authBytes: optional(bytes, new Uint8Array()),
    sessionLifetimeMs: since(1, clampedInt64, 0),
  }),
})

export type SaslAuthenticateResponse = ValueOf<typeof saslAuthenticate.response>
