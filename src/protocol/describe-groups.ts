/**
 * DescribeGroups: tells the state, members and assignments of classic groups.
 *
 * Versions 0–6. Version 1 adds the throttle time, 3 adds authorized operations (KIP-430), 4 adds
 * static members (KIP-345), 5 is flexible (KIP-482), 6 answers GROUP_ID_NOT_FOUND for a group that
 * does not exist, which earlier ones describe as dead (KIP-1043).
 */

import { api } from './api.ts'
import {
  array,
  boolean,
  bytes,
  errorText,
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

export const describeGroups = api({
  name: 'DescribeGroups',
  key: 15,
  versions: { min: 0, max: 6, flexibleFrom: 5 },
  request: struct({
    groups: array(string),
    includeAuthorizedOperations: since(3, boolean, false),
  }),
  response: struct({
    throttleTimeMs: since(1, int32, 0),
    groups: array(
      struct({
        errorCode: int16,
        errorMessage: since(6, errorText, null),
        groupId: string,
        groupState: optional(string, ''),
        protocolType: optional(string, ''),
        protocolData: optional(string, ''),
        members: optional(
          array(
            struct({
              memberId: string,
              groupInstanceId: since(4, nullableString, null),
              clientId: string,
              clientHost: string,
              memberMetadata: bytes,
              memberAssignment: bytes,
            }),
          ),
          [],
        ),
        authorizedOperations: since(3, int32, -0x8000_0000),
      }),
    ),
  }),
})

export type DescribeGroupsRequest = ValueOf<typeof describeGroups.request>
export type DescribeGroupsResponseInput = InputOf<typeof describeGroups.response>
