/**
 * CreateAcls: adds ACLs (KIP-140).
 *
 * Versions 0–3. Version 1 adds patterns (KIP-290), 2 is flexible (KIP-482), 3 adds users as
 * resources (KIP-373).
 */

import { api } from './api.ts'
import {
  array,
  errorText,
  int16,
  int32,
  int8,
  optional,
  since,
  string,
  type InputOf,
  type ValueOf,
} from './codec.ts'
import { struct } from './struct.ts'

export const createAcls = api({
  name: 'CreateAcls',
  key: 30,
  versions: { min: 0, max: 3, flexibleFrom: 2 },
  request: struct({
    creations: array(
      struct({
        resourceType: int8,
        resourceName: string,
        resourcePatternType: since(1, int8, 3),
        principal: string,
        host: string,
        operation: int8,
        permissionType: int8,
      }),
    ),
  }),
  response: struct({
    throttleTimeMs: optional(int32, 0),
    results: array(
      struct({
        errorCode: int16,
        errorMessage: optional(errorText, null),
      }),
    ),
  }),
})

export type CreateAclsRequest = ValueOf<typeof createAcls.request>
export type CreateAclsRequestInput = InputOf<typeof createAcls.request>
