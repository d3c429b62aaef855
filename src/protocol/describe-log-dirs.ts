/**
 * DescribeLogDirs: tells the size of each partition in each data directory (KIP-113).
 *
 * Versions 0–5. Version 2 is flexible (KIP-482), 3 adds an error for the whole response, 4 adds the
 * size of the volume (KIP-827), 5 marks cordoned directories (KIP-1066).
 */

import { api } from './api.ts'
import {
  array,
  boolean,
  clampedInt64,
  int16,
  int32,
  int64,
  nullableArray,
  optional,
  since,
  string,
} from './codec.ts'
import { struct } from './struct.ts'

export const describeLogDirs = api({
  name: 'DescribeLogDirs',
  key: 35,
  versions: { min: 0, max: 5, flexibleFrom: 2 },
  request: struct({
    topics: optional(nullableArray(struct({ topic: string, partitions: array(int32) })), null),
  }),
  response: struct({
    throttleTimeMs: optional(int32, 0),
    errorCode: since(3, int16, 0),
    results: array(
      struct({
        errorCode: int16,
        logDir: string,
        topics: optional(
          array(
            struct({
              name: string,
              partitions: array(
                struct({
                  partitionIndex: int32,
                  partitionSize: int64,
                  offsetLag: optional(int64, 0),
                  isFutureKey: optional(boolean, false),
                }),
              ),
            }),
          ),
          [],
        ),
        totalBytes: since(4, clampedInt64, -1),
        usableBytes: since(4, clampedInt64, -1),
        isCordoned: since(5, boolean, false),
      }),
    ),
  }),
})
