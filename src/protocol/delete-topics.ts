/**
 * DeleteTopics: deletes topics with all their records.
 *
 * Versions 0–6. Version 4 is flexible (KIP-482), 5 explains errors (KIP-599), 6 takes topic ids
 * besides names (KIP-516).
 */

import { zeroUuid } from '../bytes/uuid.ts'
import { api } from './api.ts'
import {
  array,
  errorText,
  int16,
  int32,
  nullableSince,
  nullableString,
  optional,
  since,
  string,
  uuid,
  within,
} from './codec.ts'
import { struct } from './struct.ts'

export const deleteTopics = api({
  name: 'DeleteTopics',
  key: 20,
  versions: { min: 0, max: 6, flexibleFrom: 4 },
  request: struct({
    topics: since(
      6,
      array(
        struct({
          name: optional(nullableString, null),
          topicId: optional(uuid, zeroUuid),
        }),
      ),
      [],
    ),
    topicNames: within({ max: 5 }, array(string), []),
    timeoutMs: int32,
  }),
  response: struct({
    throttleTimeMs: since(1, int32, 0),
    responses: array(
      struct({
        name: nullableSince(6, nullableString, ''),
        topicId: since(6, uuid, zeroUuid),
        errorCode: int16,
        errorMessage: since(5, errorText, null),
      }),
    ),
  }),
})
