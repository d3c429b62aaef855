/**
 * Records of `__consumer_offsets` for KIP-848 consumer groups. A group is a row of records: its
 * epoch, its members and what they subscribe to, the target assignment with its epoch, and for each
 * member what it has now. A record without a value removes what its key names.
 */

import {
  array,
  bytes,
  hex64,
  int32,
  int64,
  int8,
  nullableArray,
  nullableString,
  optional,
  string,
  tagged,
  uuid,
  type Codec,
  type ValueOf,
} from '../codec.ts'
import { struct } from '../struct.ts'
import { flexible, inflexible, recordSchema, typedRecordSchema } from './record-schema.ts'

const groupKey = struct({ groupId: string })
const memberKey = struct({ groupId: string, memberId: string })
const assignedTopics = array(
  struct({
    topicId: uuid,
    partitions: array(int32),
    assignmentEpochs: tagged({ number: 0, min: 0 }, nullableArray(int32), []),
  }),
)

const classicMember = struct({
  sessionTimeoutMs: int32,
  supportedProtocols: array(struct({ name: string, metadata: bytes })),
})
type ClassicMember = ValueOf<typeof classicMember>

/** Kafka marks a null struct in a tag by 0, and not by -1 as elsewhere. */
const nullableClassicMember: Codec<ClassicMember | null> = {
  parts: { kind: 'nullable', item: classicMember, min: 0 },
  write(writer, value, encoding) {
    writer.int8(value === null ? 0 : 1)
    if (value !== null) classicMember.write(writer, value, encoding)
  },
  read: (reader, encoding) => (reader.int8() <= 0 ? null : classicMember.read(reader, encoding)),
}

// Without the tag a member counts as a classic one, so a KIP-848 member has to say null: unlike
// other tagged fields, this one may not be left out.
const classicMemberMetadata: Codec<ClassicMember | null> = tagged(
  { number: 0, min: 0 },
  nullableClassicMember,
  { sessionTimeoutMs: 0, supportedProtocols: [] },
)

const noHash = '0'.repeat(16)

export const consumerGroupMetadataKey = typedRecordSchema({
  type: 3,
  name: 'ConsumerGroupMetadataKey',
  versions: inflexible,
  codec: groupKey,
})
export type ConsumerGroupMetadataKey = ValueOf<typeof consumerGroupMetadataKey.codec>

export const consumerGroupMetadataValue = recordSchema({
  name: 'ConsumerGroupMetadataValue',
  versions: flexible,
  codec: struct({
    epoch: int32,
    metadataHash: tagged({ number: 0, min: 0 }, hex64, noHash),
  }),
})
export type ConsumerGroupMetadataValue = ValueOf<typeof consumerGroupMetadataValue.codec>

export const consumerGroupPartitionMetadataKey = typedRecordSchema({
  type: 4,
  name: 'ConsumerGroupPartitionMetadataKey',
  versions: inflexible,
  codec: groupKey,
})
export type ConsumerGroupPartitionMetadataKey = ValueOf<
  typeof consumerGroupPartitionMetadataKey.codec
>

export const consumerGroupPartitionMetadataValue = recordSchema({
  name: 'ConsumerGroupPartitionMetadataValue',
  versions: flexible,
  codec: struct({
    topics: array(
      struct({
        topicId: uuid,
        topicName: string,
        numPartitions: int32,
        partitionMetadata: array(struct({ partition: int32, racks: array(string) })),
      }),
    ),
  }),
})
export type ConsumerGroupPartitionMetadataValue = ValueOf<
  typeof consumerGroupPartitionMetadataValue.codec
>

export const consumerGroupMemberMetadataKey = typedRecordSchema({
  type: 5,
  name: 'ConsumerGroupMemberMetadataKey',
  versions: inflexible,
  codec: memberKey,
})
export type ConsumerGroupMemberMetadataKey = ValueOf<typeof consumerGroupMemberMetadataKey.codec>

export const consumerGroupMemberMetadataValue = recordSchema({
  name: 'ConsumerGroupMemberMetadataValue',
  versions: flexible,
  codec: struct({
    instanceId: nullableString,
    rackId: nullableString,
    clientId: string,
    clientHost: string,
    subscribedTopicNames: array(string),
    subscribedTopicRegex: nullableString,
    rebalanceTimeoutMs: optional(int32, -1),
    serverAssignor: nullableString,
    classicMemberMetadata,
  }),
})
export type ConsumerGroupMemberMetadataValue = ValueOf<
  typeof consumerGroupMemberMetadataValue.codec
>

export const consumerGroupTargetAssignmentMetadataKey = typedRecordSchema({
  type: 6,
  name: 'ConsumerGroupTargetAssignmentMetadataKey',
  versions: inflexible,
  codec: groupKey,
})
export type ConsumerGroupTargetAssignmentMetadataKey = ValueOf<
  typeof consumerGroupTargetAssignmentMetadataKey.codec
>

export const consumerGroupTargetAssignmentMetadataValue = recordSchema({
  name: 'ConsumerGroupTargetAssignmentMetadataValue',
  versions: flexible,
  codec: struct({
    assignmentEpoch: int32,
    assignmentTimestamp: tagged({ number: 0, min: 0 }, int64, 0),
  }),
})
export type ConsumerGroupTargetAssignmentMetadataValue = ValueOf<
  typeof consumerGroupTargetAssignmentMetadataValue.codec
>

export const consumerGroupTargetAssignmentMemberKey = typedRecordSchema({
  type: 7,
  name: 'ConsumerGroupTargetAssignmentMemberKey',
  versions: inflexible,
  codec: memberKey,
})
export type ConsumerGroupTargetAssignmentMemberKey = ValueOf<
  typeof consumerGroupTargetAssignmentMemberKey.codec
>

export const consumerGroupTargetAssignmentMemberValue = recordSchema({
  name: 'ConsumerGroupTargetAssignmentMemberValue',
  versions: flexible,
  codec: struct({
    topicPartitions: array(struct({ topicId: uuid, partitions: array(int32) })),
  }),
})
export type ConsumerGroupTargetAssignmentMemberValue = ValueOf<
  typeof consumerGroupTargetAssignmentMemberValue.codec
>

export const consumerGroupCurrentMemberAssignmentKey = typedRecordSchema({
  type: 8,
  name: 'ConsumerGroupCurrentMemberAssignmentKey',
  versions: inflexible,
  codec: memberKey,
})
export type ConsumerGroupCurrentMemberAssignmentKey = ValueOf<
  typeof consumerGroupCurrentMemberAssignmentKey.codec
>

export const consumerGroupCurrentMemberAssignmentValue = recordSchema({
  name: 'ConsumerGroupCurrentMemberAssignmentValue',
  versions: flexible,
  codec: struct({
    memberEpoch: int32,
    previousMemberEpoch: int32,
    state: int8,
    assignedPartitions: assignedTopics,
    partitionsPendingRevocation: assignedTopics,
  }),
})
export type ConsumerGroupCurrentMemberAssignmentValue = ValueOf<
  typeof consumerGroupCurrentMemberAssignmentValue.codec
>

export const consumerGroupRegularExpressionKey = typedRecordSchema({
  type: 16,
  name: 'ConsumerGroupRegularExpressionKey',
  versions: inflexible,
  codec: struct({ groupId: string, regularExpression: string }),
})
export type ConsumerGroupRegularExpressionKey = ValueOf<
  typeof consumerGroupRegularExpressionKey.codec
>

export const consumerGroupRegularExpressionValue = recordSchema({
  name: 'ConsumerGroupRegularExpressionValue',
  versions: flexible,
  codec: struct({ topics: array(string), version: int64, timestamp: int64 }),
})
export type ConsumerGroupRegularExpressionValue = ValueOf<
  typeof consumerGroupRegularExpressionValue.codec
>
