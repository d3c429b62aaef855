/**
 * What consumers of classic groups tell each other inside JoinGroup and SyncGroup. A broker passes
 * it on unread, but for tools and mixed groups.
 *
 * Versions 0–3. Version 1 adds owned partitions (KIP-429), 2 the generation (KIP-792), 3 the rack
 * (KIP-881); an assignment is the same in all versions. Fields are only ever added at the end.
 */

import { ByteReader, MalformedBytesError } from '../../bytes/reader.ts'
import { encodingOf, readWhole } from '../api.ts'
import {
  array,
  int32,
  nullableBytes,
  nullableString,
  optional,
  since,
  string,
  type ValueOf,
} from '../codec.ts'
import { struct } from '../struct.ts'
import { recordSchema, type RecordSchema } from './record-schema.ts'

export const consumerProtocolSubscription = recordSchema({
  name: 'ConsumerProtocolSubscription',
  versions: { min: 0, max: 3, flexibleFrom: Infinity },
  codec: struct({
    topics: array(string),
    userData: optional(nullableBytes, null),
    ownedPartitions: since(1, array(struct({ topic: string, partitions: array(int32) })), []),
    generationId: since(2, int32, -1),
    rackId: since(3, nullableString, null),
  }),
})
export type ConsumerProtocolSubscription = ValueOf<typeof consumerProtocolSubscription.codec>

export const consumerProtocolAssignment = recordSchema({
  name: 'ConsumerProtocolAssignment',
  versions: { min: 0, max: 3, flexibleFrom: Infinity },
  codec: struct({
    assignedPartitions: array(struct({ topic: string, partitions: array(int32) })),
    userData: optional(nullableBytes, null),
  }),
})

/**
 * Reads one of the above in the newest version that both sides know, ignoring what a newer one has
 * added behind. `encodeValue` of `record-schema.ts` writes them.
 */
export function decodeConsumerProtocol<Value, Input>(
  schema: RecordSchema<Value, Input>,
  message: Uint8Array,
): Value {
  const reader = new ByteReader(message)
  const version = reader.int16()
  if (version < 0) throw new MalformedBytesError(`${schema.name} has no version ${version}`)
  const { position } = reader
  const known = Math.min(version, schema.versions.max)
  try {
    return schema.codec.read(reader, encodingOf(schema, known))
  } catch {
    // kafka-go, among others, says version 1 and ends where version 0 does.
    return readWhole(schema.codec, new ByteReader(message, position), encodingOf(schema, 0))
  }
}
