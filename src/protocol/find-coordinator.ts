/**
 * FindCoordinator: finds the broker that coordinates a group, transaction or share partition.
 *
 * Versions 0–6. Version 1 adds the kind of key (KIP-98), 3 is flexible (KIP-482), 4 takes several
 * keys (KIP-699), 5 adds an error of transactions (KIP-890), 6 adds share groups (KIP-932).
 */

import { api } from './api.ts'
import { array, errorText, int16, int32, int8, optional, since, string, within } from './codec.ts'
import { struct } from './struct.ts'

export const findCoordinator = api({
  name: 'FindCoordinator',
  key: 10,
  versions: { min: 0, max: 6, flexibleFrom: 3 },
  request: struct({
    key: within({ max: 3 }, string, ''),
    keyType: since(1, int8, 0),
    coordinatorKeys: since(4, array(string), []),
  }),
  response: struct({
    throttleTimeMs: since(1, int32, 0),
    errorCode: within({ max: 3 }, int16, 0),
    errorMessage: within({ min: 1, max: 3 }, errorText, null),
    nodeId: within({ max: 3 }, int32, 0),
    host: within({ max: 3 }, string, ''),
    port: within({ max: 3 }, int32, 0),
    coordinators: since(
      4,
      array(
        struct({
          key: string,
          nodeId: int32,
          host: string,
          port: int32,
          errorCode: int16,
          errorMessage: optional(errorText, null),
        }),
      ),
      [],
    ),
  }),
})
