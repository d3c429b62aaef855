/** Records of the broker's own topics, decoded with the schemas that they were written with. */

import { keyType, decodeKey, decodeValue } from '../protocol/records/record-schema.ts'
import type { RecordSchema, TypedRecordSchema } from '../protocol/records/record-schema.ts'
import * as classic from '../protocol/records/classic-group-records.ts'
import * as consumer from '../protocol/records/consumer-group-records.ts'
import { decodeMetadataRecord } from '../protocol/records/metadata-record.ts'
import { transactionLogKey, transactionLogValue } from '../protocol/records/transaction-records.ts'

export interface DecodedRecord {
  /** Kafka's name of the record, such as `OffsetCommit`. */
  readonly type: string
  /** `undefined` for cluster metadata, which has no keys. */
  readonly key: unknown
  /** `null` for a tombstone. */
  readonly value: unknown
}

interface RawPair {
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
}

interface PairSchemas {
  readonly key: TypedRecordSchema<unknown>
  readonly value: RecordSchema<unknown>
}

const offsetsSchemas = byType([
  [classic.offsetCommitKey, classic.offsetCommitValue],
  [classic.groupMetadataKey, classic.groupMetadataValue],
  [consumer.consumerGroupMetadataKey, consumer.consumerGroupMetadataValue],
  [consumer.consumerGroupPartitionMetadataKey, consumer.consumerGroupPartitionMetadataValue],
  [consumer.consumerGroupMemberMetadataKey, consumer.consumerGroupMemberMetadataValue],
  [
    consumer.consumerGroupTargetAssignmentMetadataKey,
    consumer.consumerGroupTargetAssignmentMetadataValue,
  ],
  [
    consumer.consumerGroupTargetAssignmentMemberKey,
    consumer.consumerGroupTargetAssignmentMemberValue,
  ],
  [
    consumer.consumerGroupCurrentMemberAssignmentKey,
    consumer.consumerGroupCurrentMemberAssignmentValue,
  ],
  [consumer.consumerGroupRegularExpressionKey, consumer.consumerGroupRegularExpressionValue],
])
const transactionSchemas = byType([[transactionLogKey, transactionLogValue]])

/** Returns how records of `topic` are decoded; `undefined` where they are anybody's. */
export function internalDecoder(topic: string): ((record: RawPair) => DecodedRecord) | undefined {
  if (topic === '__consumer_offsets') return (record) => decodePair(record, offsetsSchemas)
  if (topic === '__transaction_state') return (record) => decodePair(record, transactionSchemas)
  return topic === '__cluster_metadata' ? decodeMetadata : undefined
}

function decodeMetadata({ value: bytes }: RawPair): DecodedRecord {
  if (bytes === null) throw new Error('a record of cluster metadata without a value')
  const { type, value } = decodeMetadataRecord(bytes)
  return { type, key: undefined, value }
}

function decodePair(record: RawPair, schemas: ReadonlyMap<number, PairSchemas>): DecodedRecord {
  if (record.key === null) throw new Error("a coordinator's record without a key")
  const found = schemas.get(keyType(record.key))
  if (!found) throw new Error(`a record of unknown type ${keyType(record.key)}`)
  return {
    type: found.key.name.replace(/Key$/, ''),
    key: decodeKey(found.key, record.key),
    value: record.value === null ? null : decodeValue(found.value, record.value),
  }
}

function byType(
  // oxlint-disable-next-line typescript/no-explicit-any -- a table of unrelated types
  pairs: readonly (readonly [TypedRecordSchema<any>, RecordSchema<any>])[],
): ReadonlyMap<number, PairSchemas> {
  return new Map(pairs.map(([key, value]) => [key.type, { key, value }]))
}
