/**
 * How keys and values become bytes and back: built-in serdes, anything with the same two methods,
 * or a Standard Schema (https://standardschema.dev), which is JSON that is validated both ways.
 */

import { readText } from '../../bytes/text.ts'
import { SerializationError, messageOf } from '../failure/errors.ts'

/**
 * How a value becomes bytes, and back. Text is written as UTF-8, without a detour over an array of
 * its own.
 */
export interface Serde<Value> {
  /** Returns what is sent. Whatever it throws comes as a `SerializationError`. */
  serialize(value: Value): Uint8Array | string
  /** `bytes` is a view: what is kept of it beyond the record is to be copied. */
  deserialize(bytes: Uint8Array): Value
}

/** The part of a Standard Schema that is used here. */
export interface StandardSchema<Input = unknown, Output = Input> {
  /** What makes it a Standard Schema, of version 1. */
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] }

/** What a schema has against a value. */
export interface SchemaIssue {
  /** In words. */
  readonly message: string
  /** Where in the value; nowhere is the value itself. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** Serdes that are built in: `json`, `string` (UTF-8) and `bytes` (as they are). */
export type SerdeName = 'json' | 'string' | 'bytes'

/** What `value` and `key` of what reads records may be. */
export type SerdeInput<Value> = SerdeName | Serde<Value> | StandardSchema<unknown, Value>

/** What they may be where records are written: of a schema's two types, what it checks is sent. */
export type WriterSerdeInput<Value> =
  | SerdeName
  | Serde<Value>
  | StandardSchema<Value, unknown>
  | StandardSchema<unknown, NoInfer<Value>>

/** Reads a value out of bytes that hold more than that. */
export type ReadAt<Value> = (bytes: Uint8Array, start: number, end: number) => Value

const encoder = new TextEncoder()

/** JSON; a value without a JSON form, such as a function, is refused. */
export const json: Serde<unknown> = {
  serialize(value) {
    // The same text, without the detour.
    if (Number.isFinite(value)) return String(value)
    const text = JSON.stringify(value) as string | undefined
    if (text === undefined) throw new TypeError(`${typeof value} has no JSON form`)
    return text
  },
  deserialize: (bytes) => JSON.parse(readText(bytes, 0, bytes.length)),
}

/** UTF-8 text. Bytes that are not UTF-8 are read as U+FFFD, as Kafka's own serde does. */
export const string: Serde<string> = {
  serialize(value) {
    if (typeof value !== 'string') throw new TypeError(`${typeof value} is not a string`)
    return value
  },
  deserialize: (bytes) => readText(bytes, 0, bytes.length),
}

/** Bytes as they are; a string is taken as UTF-8. */
export const bytes: Serde<Uint8Array> = {
  serialize(value) {
    if (value instanceof Uint8Array) return value
    if (typeof value === 'string') return encoder.encode(value)
    throw new TypeError(`${typeof value} is not a Uint8Array`)
  },
  deserialize: (value) => value.slice(),
}

const builtIn: Readonly<Record<SerdeName, unknown>> = { json, string, bytes }

/** Returns the serde that `input` stands for. */
export function toSerde<Value>(input: WriterSerdeInput<Value>): Serde<Value> {
  if (typeof input === 'string') return builtIn[input] as Serde<Value>
  return '~standard' in input ? schemaSerde(input) : input
}

/** Returns what `serde.deserialize` does, without a view for each value where that can be. */
export function readerOf<Value>(serde: Serde<Value>): ReadAt<Value> {
  if (serde === string) return readText as ReadAt<never>
  if (serde === json) return (bytes, start, end) => JSON.parse(readText(bytes, start, end)) as Value
  return ({ buffer, byteOffset }, start, end) =>
    serde.deserialize(new Uint8Array(buffer, byteOffset + start, end - start))
}

function schemaSerde<Value>(schema: StandardSchema): Serde<Value> {
  return {
    // What is sent is the value as given: a schema's transformations belong to reading it.
    serialize(value) {
      validate(schema, value)
      return json.serialize(value)
    },
    deserialize: (bytes) => validate(schema, json.deserialize(bytes)) as Value,
  }
}

function validate<Output>(schema: StandardSchema<unknown, Output>, value: unknown): Output {
  const result = schema['~standard'].validate(value)
  if (result instanceof Promise) {
    throw new TypeError('schemas that validate asynchronously are not supported')
  }
  if (result.issues) throw new TypeError(result.issues.map(issueText).join('; '))
  return result.value
}

function issueText({ message, path }: SchemaIssue): string {
  if (!path?.length) return message
  const names = path.map((part) => String(typeof part === 'object' ? part.key : part))
  return `${names.join('.')}: ${message}`
}

interface Position {
  readonly topic: string
  readonly partition?: number
  readonly offset?: number
}

/** Returns what could not be written or read as the error that users see. */
export function serializationError(
  action: string,
  part: 'key' | 'value',
  { topic, partition, offset }: Position,
  cause: unknown,
): SerializationError {
  const at = partition === undefined ? `topic '${topic}'` : `${topic}-${partition} at ${offset}`
  const message = `cannot ${action} the ${part} of a record of ${at}: ${messageOf(cause)}`
  return new SerializationError(message, {
    cause,
    topic,
    ...(partition === undefined ? {} : { partition }),
    ...(offset === undefined ? {} : { offset }),
  })
}
