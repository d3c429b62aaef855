/**
 * DeleteGroups: deletes groups that have no members, with their offsets (KIP-229).
 *
 * Versions 0–3. Version 2 is flexible (KIP-482), 3 explains errors.
 */

import { api } from './api.ts'
import { array, errorText, int16, int32, optional, since, string } from './codec.ts'
import { struct } from './struct.ts'

export const deleteGroups = api({
  name: 'DeleteGroups',
  key: 42,
  versions: { min: 0, max: 3, flexibleFrom: 2 },
  request: struct({ groupsNames: array(string) }),
  response: struct({
    throttleTimeMs: optional(int32, 0),
    results: array(
      struct({
        groupId: string,
        errorCode: int16,
        errorMessage: since(3, errorText, null),
      }),
    ),
  }),
})
