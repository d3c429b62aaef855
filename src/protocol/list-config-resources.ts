/**
 * ListConfigResources: lists the resources that have configs (KIP-1142).
 *
 * Versions 0–1, both flexible. Version 0 lists client metrics only (KIP-714), 1 adds the other
 * types.
 */

import { api } from './api.ts'
import { array, int16, int32, int8, optional, since, string } from './codec.ts'
import { struct } from './struct.ts'

export const listConfigResources = api({
  name: 'ListConfigResources',
  key: 74,
  versions: { min: 0, max: 1, flexibleFrom: 0 },
  request: struct({
    resourceTypes: since(1, array(int8), []),
  }),
  response: struct({
    throttleTimeMs: optional(int32, 0),
    errorCode: int16,
    configResources: optional(
      array(
        struct({
          resourceName: string,
          resourceType: since(1, int8, 16),
        }),
      ),
      [],
    ),
  }),
})
