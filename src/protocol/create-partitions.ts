/**
 * CreatePartitions: adds partitions to topics (KIP-195).
 *
 * Versions 0–3. Version 2 is flexible (KIP-482), 3 may be throttled (KIP-599).
 */

import { api } from './api.ts'
import {
  array,
  boolean,
  errorText,
  int16,
  int32,
  nullableArray,
  optional,
  string,
} from './codec.ts'
import { struct } from './struct.ts'

export const createPartitions = api({
  name: 'CreatePartitions',
  key: 37,
  versions: { min: 0, max: 3, flexibleFrom: 2 },
  request: struct({
    topics: array(
      struct({
        name: string,
        count: int32,
        assignments: optional(nullableArray(struct({ brokerIds: array(int32) })), null),
      }),
    ),
    timeoutMs: int32,
    validateOnly: optional(boolean, false),
  }),
  response: struct({
    throttleTimeMs: optional(int32, 0),
    results: array(
      struct({
        name: string,
        errorCode: int16,
        errorMessage: optional(errorText, null),
      }),
    ),
  }),
})
