/**
 * Records of `__consumer_offsets` for committed offsets, and for groups of the classic protocol.
 *
 * Kafka writes values in version 3, and offsets in version 4 where the topic id is known.
 */

import { zeroUuid } from '../../bytes/uuid.ts'
import {
  array,
  bytes,
  clampedInt64,
  int32,
  int64,
  nullableString,
  since,
  string,
  tagged,
  uuid,
  within,
  type ValueOf,
} from '../codec.ts'
import { struct } from '../struct.ts'
import { inflexible, recordSchema, typedRecordSchema } from './record-schema.ts'

export const offsetCommitKey = typedRecordSchema({
  type: 1,
  name: 'OffsetCommitKey',
  versions: inflexible,
  codec: struct({ group: string, topic: string, partition: int32 }),
})
export type OffsetCommitKey = ValueOf<typeof offsetCommitKey.codec>

export const offsetCommitValue = recordSchema({
  name: 'OffsetCommitValue',
  versions: { min: 0, max: 4, flexibleFrom: 4 },
  codec: struct({
    offset: int64,
    leaderEpoch: since(3, int32, -1),
    metadata: string,
    commitTimestamp: int64,
    expireTimestamp: within({ min: 1, max: 1 }, clampedInt64, -1),
    topicId: tagged({ number: 0, min: 4 }, uuid, zeroUuid),
  }),
})
export type OffsetCommitValue = ValueOf<typeof offsetCommitValue.codec>

export const groupMetadataKey = typedRecordSchema({
  type: 2,
  name: 'GroupMetadataKey',
  versions: inflexible,
  codec: struct({ group: string }),
})
export type GroupMetadataKey = ValueOf<typeof groupMetadataKey.codec>

export const groupMetadataValue = recordSchema({
  name: 'GroupMetadataValue',
  versions: { min: 0, max: 4, flexibleFrom: 4 },
  codec: struct({
    protocolType: string,
    generation: int32,
    protocol: nullableString,
    leader: nullableString,
    currentStateTimestamp: since(2, int64, -1),
    members: array(
      struct({
        memberId: string,
        groupInstanceId: since(3, nullableString, null),
        clientId: string,
        clientHost: string,
        rebalanceTimeout: since(1, int32, -1),
        sessionTimeout: int32,
        subscription: bytes,
        assignment: bytes,
      }),
    ),
  }),
})
export type GroupMetadataValue = ValueOf<typeof groupMetadataValue.codec>
