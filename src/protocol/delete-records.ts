/**
 * DeleteRecords: drops the records of partitions before an offset (KIP-107).
 *
 * Versions 0–2. Version 2 is flexible (KIP-482). Offset -1 means up to the high watermark.
 */

import { api } from './api.ts'
import { array, int16, int32, int64, optional, string } from './codec.ts'
import { struct } from './struct.ts'

export const deleteRecords = api({
  name: 'DeleteRecords',
  key: 21,
  versions: { min: 0, max: 2, flexibleFrom: 2 },
  request: struct({
    topics: array(
      struct({
        name: string,
        partitions: array(struct({ partitionIndex: int32, offset: int64 })),
      }),
    ),
    timeoutMs: int32,
  }),
  response: struct({
    throttleTimeMs: optional(int32, 0),
    topics: array(
      struct({
        name: string,
        partitions: array(
          struct({
            partitionIndex: int32,
            lowWatermark: optional(int64, -1),
            errorCode: int16,
          }),
        ),
      }),
    ),
  }),
})
