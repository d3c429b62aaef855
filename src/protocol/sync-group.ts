/**
 * SyncGroup: the leader of a classic group hands out the assignment, each member takes its part.
 *
 * Versions 0–5. Version 3 adds static members (KIP-345), 4 is flexible (KIP-482), 5 echoes the
 * protocol type and name (KIP-559).
 */

import { api } from './api.ts'
import {
  array,
  bytes,
  int16,
  int32,
  nullableString,
  optional,
  since,
  string,
  type InputOf,
  type ValueOf,
} from './codec.ts'
import { struct } from './struct.ts'

export const syncGroup = api({
  name: 'SyncGroup',
  key: 14,
  versions: { min: 0, max: 5, flexibleFrom: 4 },
  request: struct({
    groupId: string,
    generationId: int32,
    memberId: string,
    groupInstanceId: since(3, nullableString, null),
    protocolType: since(5, nullableString, null),
    protocolName: since(5, nullableString, null),
    assignments: optional(array(struct({ memberId: string, assignment: bytes })), []),
  }),
  response: struct({
    throttleTimeMs: since(1, int32, 0),
    errorCode: int16,
    protocolType: since(5, nullableString, null),
    protocolName: since(5, nullableString, null),
    assignment: optional(bytes, new Uint8Array()),
  }),
})

export type SyncGroupRequest = ValueOf<typeof syncGroup.request>
export type SyncGroupRequestInput = InputOf<typeof syncGroup.request>
export type SyncGroupResponseInput = InputOf<typeof syncGroup.response>
