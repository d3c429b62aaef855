/**
 * ElectLeaders: asks for new leaders of partitions (KIP-183).
 *
 * Versions 0–2. Version 1 adds unclean elections and an error for the whole response (KIP-460), 2
 * is flexible (KIP-482).
 */

import { api } from './api.ts'
import {
  array,
  errorText,
  int16,
  int32,
  int8,
  nullableArray,
  optional,
  since,
  string,
} from './codec.ts'
import { struct } from './struct.ts'

export const electLeaders = api({
  name: 'ElectLeaders',
  key: 43,
  versions: { min: 0, max: 2, flexibleFrom: 2 },
  request: struct({
    electionType: since(1, int8, 0),
    topicPartitions: optional(
      nullableArray(struct({ topic: string, partitions: array(int32) })),
      null,
    ),
    timeoutMs: optional(int32, 60_000),
  }),
  response: struct({
    throttleTimeMs: optional(int32, 0),
    errorCode: since(1, int16, 0),
    replicaElectionResults: optional(
      array(
        struct({
          topic: string,
          partitionResult: array(
            struct({
              partitionId: int32,
              errorCode: int16,
              errorMessage: optional(errorText, null),
            }),
          ),
        }),
      ),
      [],
    ),
  }),
})
