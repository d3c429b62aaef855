/**
 * DescribeAcls: lists the ACLs that match a filter (KIP-140).
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
  nullableString,
  optional,
  since,
  string,
} from './codec.ts'
import { struct } from './struct.ts'

export const describeAcls = api({
  name: 'DescribeAcls',
  key: 29,
  versions: { min: 0, max: 3, flexibleFrom: 2 },
  request: struct({
    resourceTypeFilter: int8,
    resourceNameFilter: nullableString,
    patternTypeFilter: since(1, int8, 3),
    principalFilter: nullableString,
    hostFilter: nullableString,
    operation: int8,
    permissionType: int8,
  }),
  response: struct({
    throttleTimeMs: optional(int32, 0),
    errorCode: int16,
    errorMessage: optional(errorText, null),
    resources: optional(
      array(
        struct({
          resourceType: int8,
          resourceName: string,
          patternType: since(1, int8, 3),
          acls: array(
            struct({
              principal: string,
              host: string,
              operation: int8,
              permissionType: int8,
            }),
          ),
        }),
      ),
      [],
    ),
  }),
})
