/**
 * Messages that are stored in internal topics, or carried inside other messages, in Kafka's
 * schemas.
 *
 * Coordinators (groups, transactions) store key and value, each after an int16: in a key it is the
 * type of the record, in a value the version of its schema. Cluster metadata has values only, after
 * three varints: the frame version, which is 1, then type and version. Kafka adds fields to stored
 * records as tagged ones, so that older brokers still read them (KIP-915).
 */

import { ByteReader, MalformedBytesError } from '../../bytes/reader.ts'
import { ByteWriter } from '../../bytes/writer.ts'
import { encodingOf, readWhole, type ApiVersions } from '../api.ts'
import type { Codec } from '../codec.ts'

/** A message that says its own version. */
export interface RecordSchema<Value, Input = Value> {
  /** Kafka's name of the schema, such as `OffsetCommitValue`. */
  readonly name: string
  readonly versions: ApiVersions
  readonly codec: Codec<Value, Input>
}

/** The key of a coordinator's record, or a record of cluster metadata: it says its own type. */
export interface TypedRecordSchema<Value, Input = Value> extends RecordSchema<Value, Input> {
  /** Which record it is, among those in the same topic. */
  readonly type: number
}

/** The versions of most schemas: one, which is not flexible, or is. */
export const inflexible: ApiVersions = { min: 0, max: 0, flexibleFrom: Infinity }
export const flexible: ApiVersions = { min: 0, max: 0, flexibleFrom: 0 }

/** Declares a schema; it exists so that the types of the table need not be written out. */
export function recordSchema<Value, Input>(
  definition: RecordSchema<Value, Input>,
): RecordSchema<Value, Input> {
  return definition
}

/** Declares a schema that has a type, see `recordSchema`. */
export function typedRecordSchema<Value, Input>(
  definition: TypedRecordSchema<Value, Input>,
): TypedRecordSchema<Value, Input> {
  return definition
}

export function encodeKey<Value, Input>(
  { type, versions, codec }: TypedRecordSchema<Value, Input>,
  key: Input,
): Uint8Array {
  const writer = new ByteWriter(64)
  writer.int16(type)
  codec.write(writer, key, encodingOf({ versions }, versions.max))
  return writer.finish()
}

/** Returns which record a coordinator's key is of: the `type` of one of its schemas, or unknown. */
export function keyType(key: Uint8Array): number {
  return new ByteReader(key).int16()
}

/** Reads a key whose `keyType` is that of the schema. */
export function decodeKey<Value, Input>(
  { name, type, versions, codec }: TypedRecordSchema<Value, Input>,
  key: Uint8Array,
): Value {
  const reader = new ByteReader(key)
  const actual = reader.int16()
  if (actual !== type) throw new MalformedBytesError(`${name} is of type ${type}, not ${actual}`)
  return readWhole(codec, reader, encodingOf({ versions }, versions.max))
}

export function encodeValue<Value, Input>(
  { versions, codec }: RecordSchema<Value, Input>,
  value: Input,
  version: number = versions.max,
): Uint8Array {
  const writer = new ByteWriter()
  writer.int16(version)
  codec.write(writer, value, encodingOf({ versions }, version))
  return writer.finish()
}

/** @throws MalformedBytesError where the version is one the schema does not have */
export function decodeValue<Value, Input>(
  schema: RecordSchema<Value, Input>,
  value: Uint8Array,
): Value {
  const reader = new ByteReader(value)
  const version = reader.int16()
  checkVersion(schema, version)
  return readWhole(schema.codec, reader, encodingOf(schema, version))
}

/** @throws MalformedBytesError where the schema does not have `version` */
export function checkVersion(
  { name, versions }: Pick<RecordSchema<unknown>, 'name' | 'versions'>,
  version: number,
): void {
  if (version < versions.min || version > versions.max) {
    throw new MalformedBytesError(`${name} has no version ${version}`)
  }
}
