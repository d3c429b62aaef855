/**
 * AlterPartitionReassignments: moves replicas to other brokers, or cancels that (KIP-455).
 *
 * Versions 0–1, both flexible. Version 1 can refuse to change the replication factor (KIP-860).
 */

import { api } from './api.ts'
import {
  array,
  boolean,
  errorText,
  int16,
  int32,
  nullableArray,
  optional,
  since,
  string,
} from './codec.ts'
import { struct } from './struct.ts'

export const alterPartitionReassignments = api({
  name: 'AlterPartitionReassignments',
  key: 45,
  versions: { min: 0, max: 1, flexibleFrom: 0 },
  request: struct({
    timeoutMs: optional(int32, 60_000),
    allowReplicationFactorChange: since(1, boolean, true),
    topics: array(
      struct({
        name: string,
        partitions: array(
          struct({
            partitionIndex: int32,
            replicas: optional(nullableArray(int32), null),
          }),
        ),
      }),
    ),
  }),
  response: struct({
    throttleTimeMs: optional(int32, 0),
    allowReplicationFactorChange: since(1, boolean, true),
    errorCode: int16,
    errorMessage: optional(errorText, null),
    responses: optional(
      array(
        struct({
          name: string,
          partitions: array(
            struct({
              partitionIndex: int32,
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
