/**
 * DescribeCluster: lists the brokers or controllers of the cluster (KIP-700).
 *
 * Versions 0–2, all flexible. Version 1 adds controllers (KIP-919), 2 adds fenced brokers
 * (KIP-1073).
 */

import { api } from './api.ts'
import {
  array,
  boolean,
  errorText,
  int16,
  int32,
  int8,
  nullableString,
  optional,
  since,
  string,
} from './codec.ts'
import { struct } from './struct.ts'

export const describeCluster = api({
  name: 'DescribeCluster',
  key: 60,
  versions: { min: 0, max: 2, flexibleFrom: 0 },
  request: struct({
    includeClusterAuthorizedOperations: optional(boolean, false),
    endpointType: since(1, int8, 1),
    includeFencedBrokers: since(2, boolean, false),
  }),
  response: struct({
    throttleTimeMs: optional(int32, 0),
    errorCode: int16,
    errorMessage: optional(errorText, null),
    endpointType: since(1, int8, 1),
    clusterId: optional(string, ''),
    controllerId: optional(int32, -1),
    brokers: optional(
      array(
        struct({
          brokerId: int32,
          host: string,
          port: int32,
          rack: optional(nullableString, null),
          isFenced: since(2, boolean, false),
        }),
      ),
      [],
    ),
    clusterAuthorizedOperations: optional(int32, -0x8000_0000),
  }),
})
