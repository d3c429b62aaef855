/**
 * IncrementalAlterConfigs: sets, deletes, appends to or subtracts from single configs (KIP-339).
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
  nullableString,
  optional,
  string,
} from './codec.ts'
import { struct } from './struct.ts'

export const incrementalAlterConfigs = api({
  name: 'IncrementalAlterConfigs',
  key: 44,
  versions: { min: 0, max: 1, flexibleFrom: 1 },
  request: struct({
    resources: array(
      struct({
        resourceType: int8,
        resourceName: string,
        configs: array(struct({ name: string, configOperation: int8, value: nullableString })),
      }),
    ),
    validateOnly: optional(boolean, false),
  }),
  response: struct({
    throttleTimeMs: optional(int32, 0),
    responses: array(
      struct({
        errorCode: int16,
        errorMessage: optional(errorText, null),
        resourceType: int8,
        resourceName: string,
      }),
    ),
  }),
})
