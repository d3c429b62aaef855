/**
 * Heartbeat: a member tells the group coordinator that it is alive, and learns of a rebalance.
 *
 * Versions 0–4. Version 3 adds static members (KIP-345), 4 is flexible (KIP-482).
 */

import { api } from './api.ts'
import { int16, int32, nullableString, since, string, type InputOf, type ValueOf } from './codec.ts'
import { struct } from './struct.ts'

export const heartbeat = api({
  name: 'Heartbeat',
  key: 12,
  versions: { min: 0, max: 4, flexibleFrom: 4 },
  request: struct({
    groupId: string,
    generationId: int32,
    memberId: string,
    groupInstanceId: since(3, nullableString, null),
  }),
  response: struct({
    throttleTimeMs: since(1, int32, 0),
    errorCode: int16,
  }),
})

export type HeartbeatRequest = ValueOf<typeof heartbeat.request>
export type HeartbeatResponseInput = InputOf<typeof heartbeat.response>
