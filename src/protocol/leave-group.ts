/**
 * LeaveGroup: members leave a classic group at once instead of timing out.
 *
 * Versions 0–5. Version 3 takes several members, static ones too (KIP-345), 4 is flexible
 * (KIP-482), 5 adds the reason (KIP-800).
 */

import { api } from './api.ts'
import { array, int16, int32, nullableString, optional, since, string, within } from './codec.ts'
import { struct } from './struct.ts'

export const leaveGroup = api({
  name: 'LeaveGroup',
  key: 13,
  versions: { min: 0, max: 5, flexibleFrom: 4 },
  request: struct({
    groupId: string,
    memberId: within({ max: 2 }, string, ''),
    members: since(
      3,
      array(
        struct({
          memberId: string,
          groupInstanceId: optional(nullableString, null),
          reason: since(5, nullableString, null),
        }),
      ),
      [],
    ),
  }),
  response: struct({
    throttleTimeMs: since(1, int32, 0),
    errorCode: int16,
    members: since(
      3,
      array(
        struct({
          memberId: string,
          groupInstanceId: nullableString,
          errorCode: int16,
        }),
      ),
      [],
    ),
  }),
})
