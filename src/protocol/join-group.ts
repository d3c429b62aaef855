/**
 * JoinGroup: a consumer enters a rebalance of a classic group and waits for its outcome.
 *
 * Versions 0–9. Version 1 adds the rebalance timeout (KIP-62), 4 asks for a second join with the
 * new member id (KIP-394), 5 adds static members (KIP-345), 6 is flexible (KIP-482), 7 echoes the
 * protocol type (KIP-559), 8 adds the reason (KIP-800), 9 can skip the leader's assignment
 * (KIP-814).
 */

import { api } from './api.ts'
import {
  array,
  boolean,
  bytes,
  int16,
  int32,
  nullableSince,
  nullableString,
  optional,
  since,
  string,
  type InputOf,
  type ValueOf,
} from './codec.ts'
import { struct } from './struct.ts'

export const joinGroup = api({
  name: 'JoinGroup',
  key: 11,
  versions: { min: 0, max: 9, flexibleFrom: 6 },
  request: struct({
    groupId: string,
    sessionTimeoutMs: int32,
    rebalanceTimeoutMs: since(1, int32, -1),
    memberId: string,
    groupInstanceId: since(5, nullableString, null),
    protocolType: string,
    protocols: array(struct({ name: string, metadata: bytes })),
    reason: since(8, nullableString, null),
  }),
  response: struct({
    throttleTimeMs: since(2, int32, 0),
    errorCode: int16,
    generationId: optional(int32, -1),
    protocolType: since(7, nullableString, null),
    protocolName: optional(nullableSince(7, nullableString, ''), null),
    leader: optional(string, ''),
    skipAssignment: since(9, boolean, false),
    memberId: string,
    members: optional(
      array(
        struct({
          memberId: string,
          groupInstanceId: since(5, nullableString, null),
          metadata: bytes,
        }),
      ),
      [],
    ),
  }),
})

export type JoinGroupRequest = ValueOf<typeof joinGroup.request>
export type JoinGroupRequestInput = InputOf<typeof joinGroup.request>
export type JoinGroupResponse = ValueOf<typeof joinGroup.response>
export type JoinGroupResponseInput = InputOf<typeof joinGroup.response>
