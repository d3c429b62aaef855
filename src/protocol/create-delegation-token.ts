/**
 * CreateDelegationToken: makes a token that stands for a user (KIP-48).
 *
 * Versions 1–3. Version 2 is flexible (KIP-482), 3 adds the owner (KIP-373).
 */

import { api } from './api.ts'
import {
  array,
  bytes,
  int16,
  int32,
  int64,
  nullableString,
  optional,
  since,
  string,
} from './codec.ts'
import { struct } from './struct.ts'

export const createDelegationToken = api({
  name: 'CreateDelegationToken',
  key: 38,
  versions: { min: 1, max: 3, flexibleFrom: 2 },
  request: struct({
    ownerPrincipalType: since(3, nullableString, null),
    ownerPrincipalName: since(3, nullableString, null),
    renewers: array(struct({ principalType: string, principalName: string })),
    maxLifetimeMs: int64,
  }),
  response: struct({
    errorCode: int16,
    principalType: optional(string, ''),
    principalName: optional(string, ''),
    tokenRequesterPrincipalType: since(3, string, ''),
    tokenRequesterPrincipalName: since(3, string, ''),
    issueTimestampMs: optional(int64, 0),
    expiryTimestampMs: optional(int64, 0),
    maxTimestampMs: optional(int64, 0),
    tokenId: optional(string, ''),
    hmac: optional(bytes, new Uint8Array(0)),
    throttleTimeMs: optional(int32, 0),
  }),
})
