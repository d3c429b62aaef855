/**
 * AlterConfigs: replaces all configs of a resource (KIP-133). IncrementalAlterConfigs changes
 * single ones.
 *
 * Versions 0–2. Version 2 is flexible (KIP-482).
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

export const alterConfigs = api({
  name: 'AlterConfigs',
  key: 33,
  versions: { min: 0, max: 2, flexibleFrom: 2 },
  request: struct({
    resources: array(
      struct({
        resourceType: int8,
        resourceName: string,
        configs: array(struct({ name: string, value: nullableString })),
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
