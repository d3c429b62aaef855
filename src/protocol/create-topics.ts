/**
 * CreateTopics: creates topics with their partitions and configs.
 *
 * Versions 0–7. Version 1 can only validate and explains errors (KIP-4), 4 takes -1 for the
 * broker's defaults (KIP-464), 5 is flexible (KIP-482) and returns the configs (KIP-525), 6 may be
 * throttled (KIP-599), 7 returns topic ids (KIP-516).
 */

import { zeroUuid } from '../bytes/uuid.ts'
import { api } from './api.ts'
import {
  array,
  boolean,
  errorText,
  int16,
  int32,
  int8,
  nullableArray,
  nullableString,
  optional,
  since,
  string,
  tagged,
  uuid,
  type InputOf,
} from './codec.ts'
import { struct } from './struct.ts'

export const createTopics = api({
  name: 'CreateTopics',
  key: 19,
  versions: { min: 0, max: 7, flexibleFrom: 5 },
  request: struct({
    topics: array(
      struct({
        name: string,
        numPartitions: int32,
        replicationFactor: int16,
        assignments: optional(
          array(struct({ partitionIndex: int32, brokerIds: array(int32) })),
          [],
        ),
        configs: optional(array(struct({ name: string, value: nullableString })), []),
      }),
    ),
    timeoutMs: optional(int32, 60_000),
    validateOnly: since(1, boolean, false),
  }),
  response: struct({
    throttleTimeMs: since(2, int32, 0),
    topics: array(
      struct({
        name: string,
        topicId: since(7, uuid, zeroUuid),
        errorCode: int16,
        errorMessage: since(1, errorText, null),
        topicConfigErrorCode: tagged({ number: 0, min: 5 }, int16, 0),
        numPartitions: since(5, int32, -1),
        replicationFactor: since(5, int16, -1),
        // Java's admin client fails on null here.
        configs: since(
          5,
          nullableArray(
            struct({
              name: string,
              value: nullableString,
              readOnly: boolean,
              configSource: optional(int8, -1),
              isSensitive: boolean,
            }),
          ),
          [],
        ),
      }),
    ),
  }),
})

export type CreateTopicsRequestInput = InputOf<typeof createTopics.request>
