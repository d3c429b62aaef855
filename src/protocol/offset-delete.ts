/**
 * OffsetDelete: deletes committed offsets of partitions that a group no longer reads (KIP-496).
 *
 * Version 0, never flexible. The error code comes before the throttle time.
 */

import { api } from './api.ts'
import { array, int16, int32, optional, string, type InputOf, type ValueOf } from './codec.ts'
import { struct } from './struct.ts'

export const offsetDelete = api({
  name: 'OffsetDelete',
  key: 47,
  versions: { min: 0, max: 0, flexibleFrom: Infinity },
  request: struct({
    groupId: string,
    topics: array(
      struct({
        name: string,
        partitions: array(struct({ partitionIndex: int32 })),
      }),
    ),
  }),
  response: struct({
    errorCode: int16,
    throttleTimeMs: optional(int32, 0),
    topics: optional(
      array(
        struct({
          name: string,
          partitions: array(struct({ partitionIndex: int32, errorCode: int16 })),
        }),
      ),
      [],
    ),
  }),
})

export type OffsetDeleteRequest = ValueOf<typeof offsetDelete.request>
export type OffsetDeleteResponseInput = InputOf<typeof offsetDelete.response>
