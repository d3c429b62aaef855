/**
 * DescribeDelegationToken: lists tokens by owner (KIP-48).
 *
 * Versions 1–3. Version 2 is flexible (KIP-482), 3 adds who asked for a token (KIP-373).
 */

import { api } from './api.ts'
import {
  array,
  bytes,
  int16,
  int32,
  int64,
  nullableArray,
  optional,
  since,
  string,
} from './codec.ts'
import { struct } from './struct.ts'

export const describeDelegationToken = api({
  name: 'DescribeDelegationToken',
  key: 41,
  versions: { min: 1, max: 3, flexibleFrom: 2 },
  request: struct({
    owners: nullableArray(struct({ principalType: string, principalName: string })),
  }),
  response: struct({
    errorCode: int16,
    tokens: optional(
      array(
        struct({
          principalType: optional(string, ''),
          principalName: optional(string, ''),
          tokenRequesterPrincipalType: since(3, string, ''),
          tokenRequesterPrincipalName: since(3, string, ''),
          issueTimestamp: optional(int64, 0),
          expiryTimestamp: optional(int64, 0),
          maxTimestamp: optional(int64, 0),
          tokenId: optional(string, ''),
          hmac: optional(bytes, new Uint8Array(0)),
          renewers: array(struct({ principalType: string, principalName: string })),
        }),
      ),
      [],
    ),
    throttleTimeMs: optional(int32, 0),
  }),
})
