/**
 * DescribeClientQuotas: lists the quotas of users, clients and addresses (KIP-546).
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
  int8,
  nullableArray,
  nullableString,
  optional,
  string,
  type ValueOf,
} from './codec.ts'
import { float64 } from './float64.ts'
import { struct } from './struct.ts'

export const describeClientQuotas = api({
  name: 'DescribeClientQuotas',
  key: 48,
  versions: { min: 0, max: 1, flexibleFrom: 1 },
  request: struct({
    components: array(struct({ entityType: string, matchType: int8, match: nullableString })),
    strict: boolean,
  }),
  response: struct({
    throttleTimeMs: optional(int32, 0),
    errorCode: int16,
    errorMessage: optional(errorText, null),
    entries: optional(
      nullableArray(
        struct({
          entity: array(struct({ entityType: string, entityName: nullableString })),
          values: array(struct({ key: string, value: float64 })),
        }),
      ),
      null,
    ),
  }),
})

export type DescribeClientQuotasRequest = ValueOf<typeof describeClientQuotas.request>
