/**
 * Messages and their parts: named fields in wire order, and in flexible versions tagged fields
 * after them (KIP-482). Unknown tags are skipped, as the protocol asks.
 */

import { MalformedBytesError, type ByteReader } from '../bytes/reader.ts'
import { ByteWriter } from '../bytes/writer.ts'
import type { Codec, Encoding, InputOf, OptionalField, ValueOf } from './codec.ts'

// `any`, because a table mixes codecs of unrelated types; the types below give each its own back.
// oxlint-disable-next-line typescript/no-explicit-any
type AnyField = Codec<any, any> | OptionalField<any, any>
export type Fields = Readonly<Record<string, AnyField>>

// oxlint-disable-next-line typescript/no-explicit-any
type OptionalNames<Table extends Fields> = {
  // oxlint-disable-next-line typescript/no-explicit-any
  [Name in keyof Table]: Table[Name] extends OptionalField<any, any> ? Name : never
}[keyof Table]

type Plain<Type> = { [Name in keyof Type]: Type[Name] }
export type StructValue<Table extends Fields> = {
  readonly [Name in keyof Table]: ValueOf<Table[Name]>
}
export type StructInput<Table extends Fields> = Plain<
  {
    readonly [Name in Exclude<keyof Table, OptionalNames<Table>>]: InputOf<Table[Name]>
  } & { readonly [Name in OptionalNames<Table>]?: InputOf<Table[Name]> }
>

interface TaggedEntry {
  readonly name: string
  readonly field: OptionalField<unknown>
  readonly number: number
  readonly min: number
}

/** Fields in table order, then, in flexible versions, tagged fields in the order of their tags. */
export function struct<const Table extends Fields>(
  fields: Table,
): Codec<StructValue<Table>, StructInput<Table>> {
  const plain: [string, AnyField][] = []
  const tagged: TaggedEntry[] = []
  for (const [name, field] of Object.entries(fields)) {
    if ('tag' in field && field.tag) tagged.push({ name, field, ...field.tag })
    else plain.push([name, field])
  }
  tagged.sort((a, b) => a.number - b.number)
  return {
    parts: { kind: 'struct', fields },
    write(writer, input, encoding) {
      const value = input as Readonly<Record<string, unknown>>
      for (const [name, field] of plain) field.write(writer, value[name], encoding)
      if (encoding.flexible) writeTagged(writer, tagged, value, encoding)
    },
    read(reader, encoding) {
      const value: Record<string, unknown> = {}
      for (const [name, field] of plain) value[name] = field.read(reader, encoding)
      for (const { name, field } of tagged) value[name] = field.absent
      if (encoding.flexible) readTagged(reader, tagged, value, encoding)
      return value as StructValue<Table>
    },
  }
}

function writeTagged(
  writer: ByteWriter,
  tagged: readonly TaggedEntry[],
  value: Readonly<Record<string, unknown>>,
  encoding: Encoding,
): void {
  let count = 0
  for (const entry of tagged) if (isPresent(entry, value, encoding)) count++
  writer.uvarint(count)
  if (count === 0) return
  for (const entry of tagged) {
    if (!isPresent(entry, value, encoding)) continue
    const body = new ByteWriter()
    entry.field.write(body, value[entry.name], encoding)
    writer.uvarint(entry.number)
    writer.uvarint(body.length)
    writer.bytes(body.finish())
  }
}

function isPresent(
  { name, field, min }: TaggedEntry,
  values: Readonly<Record<string, unknown>>,
  { version }: Encoding,
): boolean {
  const value = values[name]
  if (version < min || value === undefined || value === field.absent) return false
  // An empty array is as good as another.
  const bothEmpty = Array.isArray(value) && Array.isArray(field.absent) && value.length === 0
  return !bothEmpty
}

/** Skips all tagged fields, as a reader does that knows none of them. */
export function skipTags(reader: ByteReader): void {
  for (let count = reader.uvarint(); count > 0; count--) {
    reader.uvarint()
    reader.skip(reader.uvarint())
  }
}

function readTagged(
  reader: ByteReader,
  tagged: readonly TaggedEntry[],
  value: Record<string, unknown>,
  encoding: Encoding,
): void {
  let previous = -1
  for (let count = reader.uvarint(); count > 0; count--) {
    const number = reader.uvarint()
    if (number <= previous) throw new MalformedBytesError(`tag ${number} after tag ${previous}`)
    previous = number
    const sizeBytes = reader.uvarint()
    const entry = tagged.find((field) => field.number === number && encoding.version >= field.min)
    if (!entry) {
      reader.skip(sizeBytes)
      continue
    }
    const end = reader.position + sizeBytes
    value[entry.name] = entry.field.read(reader, encoding)
    if (reader.position !== end) {
      throw new MalformedBytesError(`tag ${number} is not ${sizeBytes} bytes long`)
    }
  }
}
