/**
 * One record of `__cluster_metadata`, of whatever type: its value in the log is three varints,
 * which are the frame version, the type and the version, and then the fields of its schema.
 */

import { ByteReader, MalformedBytesError } from '../../bytes/reader.ts'
import { ByteWriter } from '../../bytes/writer.ts'
import { encodingOf, readWhole } from '../api.ts'
import type { InputOf, ValueOf } from '../codec.ts'
import { metadataSchemas as schemas } from './metadata-records.ts'
import { checkVersion, type TypedRecordSchema } from './record-schema.ts'

type Schemas = typeof schemas
type SchemaName = keyof Schemas

/** What a record says: `type` is the name of its schema, such as `topicRecord`. */
export type MetadataRecord = {
  readonly [Name in SchemaName]: {
    readonly type: Name
    readonly value: ValueOf<Schemas[Name]['codec']>
  }
}[SchemaName]
export type MetadataRecordInput = {
  readonly [Name in SchemaName]: {
    readonly type: Name
    readonly value: InputOf<Schemas[Name]['codec']>
  }
}[SchemaName]

const frameVersion = 1
const namesByType = new Map<number, SchemaName>(
  (Object.keys(schemas) as SchemaName[]).map((name) => [schemas[name].type, name]),
)

/** Returns the value of a record, in the newest version where none is given. */
export function encodeMetadataRecord(
  { type, value }: MetadataRecordInput,
  version: number = schemas[type].versions.max,
): Uint8Array {
  // The type of `value` follows from `type`, which the compiler cannot see through the union.
  const schema = schemas[type] as TypedRecordSchema<unknown>
  const writer = new ByteWriter()
  writer.uvarint(frameVersion)
  writer.uvarint(schema.type)
  writer.uvarint(version)
  schema.codec.write(writer, value, encodingOf(schema, version))
  return writer.finish()
}

/** @throws MalformedBytesError where the type or version is unknown: nothing may be skipped */
export function decodeMetadataRecord(bytes: Uint8Array): MetadataRecord {
  const reader = new ByteReader(bytes)
  const frame = reader.uvarint()
  if (frame !== frameVersion) throw new MalformedBytesError(`frame version is ${frame}`)
  const type = namesByType.get(reader.uvarint())
  if (type === undefined) throw new MalformedBytesError('record of unknown type')
  const schema = schemas[type] as TypedRecordSchema<unknown>
  const version = reader.uvarint()
  checkVersion(schema, version)
  const value = readWhole(schema.codec, reader, encodingOf(schema, version))
  return { type, value } as MetadataRecord
}
