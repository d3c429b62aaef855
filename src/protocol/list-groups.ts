/**
 * ListGroups: lists the groups that a broker coordinates.
 *
 * Versions 0–5. Version 1 adds the throttle time, 3 is flexible (KIP-482), 4 filters by state
 * (KIP-518), 5 filters by type, such as classic or consumer (KIP-848).
 */

import { api } from './api.ts'
import {
  array,
  int16,
  int32,
  optional,
  since,
  string,
  type InputOf,
  type ValueOf,
} from './codec.ts'
import { struct } from './struct.ts'

export const listGroups = api({
  name: 'ListGroups',
  key: 16,
  versions: { min: 0, max: 5, flexibleFrom: 3 },
  request: struct({
    statesFilter: since(4, array(string), []),
    typesFilter: since(5, array(string), []),
  }),
  response: struct({
    throttleTimeMs: since(1, int32, 0),
    errorCode: int16,
    groups: optional(
      array(
        struct({
          groupId: string,
          protocolType: string,
          groupState: since(4, string, ''),
          groupType: since(5, string, ''),
        }),
      ),
      [],
    ),
  }),
})

export type ListGroupsRequest = ValueOf<typeof listGroups.request>
export type ListGroupsResponseInput = InputOf<typeof listGroups.response>
