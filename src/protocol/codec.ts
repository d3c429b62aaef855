/**
 * Building blocks for the messages in this folder. A message is declared once, as a table of fields
 * with the versions that have them; reading, writing and the TypeScript types follow from it.
 *
 * Every codec has two types: `Value` is what reading gives, with every field present; `Input` is
 * what writing takes, where a field that has a default may be left out.
 *
 * What is read is copied out of the input, except `records`: those are a view, valid only as long
 * as the input is.
 */

import { MalformedBytesError, type ByteReader } from '../bytes/reader.ts'
import type { ByteWriter } from '../bytes/writer.ts'
import { utf8Length } from '../bytes/writer.ts'

/** How one request or response is encoded. Flexible versions have compact lengths and tags. */
export interface Encoding {
  readonly version: number
  readonly flexible: boolean
}

export interface Codec<Value, Input = Value> {
  readonly write: (writer: ByteWriter, value: Input, encoding: Encoding) => void
  readonly read: (reader: ByteReader, encoding: Encoding) => Value
  /** What the codec is made of, where it is made of others: for whoever walks a table. */
  readonly parts?: Parts
}

export type AnyCodec = Codec<unknown, never>
export type Parts =
  | { readonly kind: 'struct'; readonly fields: Readonly<Record<string, AnyCodec>> }
  | { readonly kind: 'array'; readonly item: AnyCodec; readonly isNullable: boolean }
  /** `min` is the first version in which it may be null. */
  | { readonly kind: 'nullable'; readonly item: AnyCodec; readonly min: number }
  | { readonly kind: 'versions'; readonly item: AnyCodec; readonly range: Required<VersionRange> }

/** A field that may be left out when writing, because it has a default. */
export interface OptionalField<Value, Input = Value> extends Codec<Value, Input | undefined> {
  readonly absent: Value
  /** Where the field is tagged: its tag, and whether the version of `encoding` knows it. */
  readonly tag?: { readonly number: number; readonly min: number }
}

export type ValueOf<AnyCodec> = AnyCodec extends Codec<infer Value, infer _> ? Value : never
export type InputOf<AnyCodec> = AnyCodec extends Codec<infer _, infer Input> ? Input : never

export const boolean: Codec<boolean> = {
  write: (writer, value) => writer.int8(value ? 1 : 0),
  read: (reader) => reader.int8() !== 0,
}
export const int8: Codec<number> = {
  write: (writer, value) => writer.int8(value),
  read: (reader) => reader.int8(),
}
export const int16: Codec<number> = {
  write: (writer, value) => writer.int16(value),
  read: (reader) => reader.int16(),
}
export const uint16: Codec<number> = {
  write: (writer, value) => writer.int16(value),
  read: (reader) => reader.int16() & 0xffff,
}
export const int32: Codec<number> = {
  write: (writer, value) => writer.int32(value),
  read: (reader) => reader.int32(),
}
export const int64: Codec<number> = {
  write: (writer, value) => writer.int64(value),
  read: (reader) => reader.int64(),
}
/**
 * A 64-bit integer that may rightly be beyond the safe ones, where the nearest of these will do: a
 * time such as Java's `Long.MAX_VALUE`, or the size of a disk without an end, as Amazon's EFS.
 */
export const clampedInt64: Codec<number> = {
  write: (writer, value) => writer.int64(value),
  read(reader) {
    const value = reader.int32() * 2 ** 32 + reader.uint32()
    return Math.min(Math.max(value, Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER)
  },
}
/** 64 bits that are no number, such as a hash, as 16 hex digits. */
export const hex64: Codec<string> = {
  write(writer, value) {
    writer.int32(Number.parseInt(value.slice(0, 8), 16))
    writer.int32(Number.parseInt(value.slice(8), 16))
  },
  read: (reader) => hex32(reader.uint32()) + hex32(reader.uint32()),
}
export const uuid: Codec<string> = {
  write: (writer, value) => writer.uuid(value),
  read: (reader) => reader.uuid(),
}

// Kafka keeps this limit in flexible versions too, whose lengths could be larger.
const stringMaxBytes = 0x7fff

/** UTF-8 after its length in bytes, where -1 is `null`; flexible versions write length + 1. */
export const nullableString: Codec<string | null> = {
  write(writer, value, { flexible }) {
    const length = value === null ? -1 : utf8Length(value)
    if (length > stringMaxBytes) throw new RangeError(`string of ${length} bytes is over 32767`)
    if (flexible) writer.uvarint(length + 1)
    else writer.int16(length)
    if (value !== null) writer.utf8(value)
  },
  read(reader, { flexible }) {
    const length = flexible ? reader.uvarint() - 1 : reader.int16()
    if (length < -1 || length > stringMaxBytes) {
      throw new MalformedBytesError(`string length is ${length}`)
    }
    return length < 0 ? null : reader.string(length)
  },
}
export const string: Codec<string> = notNull(nullableString, 'string')

const errorTextMaxLength = 1000

/**
 * What an error says to people. It quotes what the client sent, which may already be as long as a
 * string can be, so it is cut.
 */
export const errorText: Codec<string | null> = {
  write: (writer, value, encoding) =>
    nullableString.write(writer, value && shortened(value), encoding),
  read: nullableString.read,
}

function shortened(text: string): string {
  if (text.length <= errorTextMaxLength) return text
  // Half of a character that takes two units would be none.
  return `${text.slice(0, errorTextMaxLength).replace(/[\uD800-\uDBFF]$/, '')}…`
}

/** A view of record batches; see the head of this file. */
export const records: Codec<Uint8Array | null> = {
  write(writer, value, { flexible }) {
    writeLength(writer, value?.length ?? -1, flexible)
    if (value !== null) writer.external(value)
  },
  read(reader, { flexible }) {
    const length = readLength(reader, flexible)
    return length < 0 ? null : reader.bytes(length)
  },
}
export const nullableBytes: Codec<Uint8Array | null> = {
  write: records.write,
  read: (reader, encoding) => records.read(reader, encoding)?.slice() ?? null,
}
export const bytes: Codec<Uint8Array> = notNull(nullableBytes, 'bytes')

function hex32(value: number): string {
  return value.toString(16).padStart(8, '0')
}

function notNull<Value, Input>(
  codec: Codec<Value | null, Input | null>,
  what: string,
): Codec<Value, Input> {
  return {
    write: codec.write,
    read(reader, encoding) {
      const value = codec.read(reader, encoding)
      if (value === null) throw new MalformedBytesError(`${what} is null`)
      return value
    },
  }
}

function writeLength(writer: ByteWriter, length: number, flexible: boolean): void {
  if (flexible) writer.uvarint(length + 1)
  else writer.int32(length)
}

function readLength(reader: ByteReader, flexible: boolean): number {
  const length = flexible ? reader.uvarint() - 1 : reader.int32()
  if (length < -1) throw new MalformedBytesError(`length is ${length}`)
  return length
}

export function nullableArray<Value, Input>(
  item: Codec<Value, Input>,
): Codec<Value[] | null, readonly Input[] | null> {
  return {
    parts: { kind: 'array', item, isNullable: true },
    write(writer, value, encoding) {
      writeLength(writer, value?.length ?? -1, encoding.flexible)
      if (value === null) return
      for (const entry of value) item.write(writer, entry, encoding)
    },
    read(reader, encoding) {
      const count = readLength(reader, encoding.flexible)
      if (count < 0) return null
      reader.items(count)
      const value: Value[] = []
      for (let index = 0; index < count; index++) value.push(item.read(reader, encoding))
      return value
    },
  }
}

export function array<Value, Input>(item: Codec<Value, Input>): Codec<Value[], readonly Input[]> {
  return {
    ...notNull(nullableArray(item), 'array'),
    parts: { kind: 'array', item, isNullable: false },
  }
}

/** A struct that may be null: a byte, -1 where it is (KIP-893). */
export function nullable<Value, Input>(
  codec: Codec<Value, Input>,
): Codec<Value | null, Input | null> {
  return {
    parts: { kind: 'nullable', item: codec, min: 0 },
    write(writer, value, encoding) {
      writer.int8(value === null ? -1 : 1)
      if (value !== null) codec.write(writer, value, encoding)
    },
    read: (reader, encoding) => (reader.int8() < 0 ? null : codec.read(reader, encoding)),
  }
}

/**
 * A field that may be null only from `version` on. Before that null is written as `instead`, and
 * refused when read: old clients do not expect it.
 */
export function nullableSince<Value, Input>(
  version: number,
  field: Codec<Value | null, Input | null>,
  instead: NoInfer<Input>,
): Codec<Value | null, Input | null> {
  const { read: readNotNull } = notNull(field, 'value')
  return {
    parts: { kind: 'nullable', item: field, min: version },
    write: (writer, value, encoding) =>
      field.write(writer, value === null && encoding.version < version ? instead : value, encoding),
    read: (reader, encoding) =>
      encoding.version < version ? readNotNull(reader, encoding) : field.read(reader, encoding),
  }
}

export interface VersionRange {
  /** The first version that has the field. @default 0 */
  readonly min?: number
  /** The last version that has the field. @default no end */
  readonly max?: number
}

/** A field of the versions in `range`: not written in others, and read there as `absent`. */
export function within<Value, Input>(
  { min = 0, max = Infinity }: VersionRange,
  field: Codec<Value, Input>,
  absent: Value & Input,
): OptionalField<Value, Input> {
  // It is given to every reader, so it must not change.
  Object.freeze(absent)
  return {
    absent,
    parts: { kind: 'versions', item: field, range: { min, max } },
    write(writer, value, encoding) {
      if (encoding.version < min || encoding.version > max) return
      field.write(writer, value === undefined ? absent : value, encoding)
    },
    read: (reader, encoding) =>
      encoding.version >= min && encoding.version <= max ? field.read(reader, encoding) : absent,
  }
}

/** A field that versions before `version` lack: not written there, and read as `absent`. */
export function since<Value, Input>(
  version: number,
  field: Codec<Value, Input>,
  absent: Value & Input,
): OptionalField<Value, Input> {
  return within({ min: version }, field, absent)
}

/** A field of all versions that may be left out when writing. */
export function optional<Value, Input>(
  field: Codec<Value, Input>,
  absent: Value & Input,
): OptionalField<Value, Input> {
  return within({}, field, absent)
}

/** A tagged field: written only in flexible versions from `min` on, and only if not `absent`. */
export function tagged<Value, Input>(
  tag: { readonly number: number; readonly min: number },
  field: Codec<Value, Input>,
  absent: Value & Input,
): OptionalField<Value, Input> {
  Object.freeze(absent)
  return {
    absent,
    tag,
    parts: { kind: 'versions', item: field, range: { min: tag.min, max: Infinity } },
    read: field.read,
    write: (writer, value, encoding) =>
      field.write(writer, value === undefined ? absent : value, encoding),
  }
}
