/**
 * AlterClientQuotas: sets and removes quotas of users, clients and addresses (KIP-546).
 *
 * Versions 0–1. Version 1 is flexible (KIP-482).
 */

import { api } from './api.ts'
import {
  array,
  boolean,
  errorText,
  int16,
  int32,
  nullableString,
  optional,
  string,
} from './codec.ts'
import { float64 } from './float64.ts'
import { struct } from './struct.ts'

export const alterClientQuotas = api({
  name: 'AlterClientQuotas',
  key: 49,
  versions: { min: 0, max: 1, flexibleFrom: 1 },
  request: struct({
    entries: array(
      struct({
        entity: array(struct({ entityType: string, entityName: nullableString })),
        ops: array(struct({ key: string, value: float64, remove: boolean })),
      }),
    ),
    validateOnly: optional(boolean, false),
  }),
  response: struct({
    throttleTimeMs: optional(int32, 0),
    entries: array(
      struct({
        errorCode: int16,
        errorMessage: optional(errorText, null),
        entity: array(struct({ entityType: string, entityName: nullableString })),
      }),
    ),
  }),
})
