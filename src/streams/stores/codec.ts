/**
 * How keys and values are JSON where they are remembered, or travel with others in one record. Most
 * are JSON anyway; what has a serde of its own is its text, or its bytes in base64.
 */

import { bytes, json, string, type Serde } from '../../client/record/serde.ts'
import { fromBase64, toBase64 } from './base64.ts'
import { lostInJson } from './json-loss.ts'
import { tag, untag } from './structured.ts'

export interface Codec {
  /** Returns what is JSON. What is not there stays so. */
  pack(value: unknown): unknown
  unpack(packed: unknown): unknown
}

/** Those of the keys and values of a table, or a stream. */
export interface Codecs {
  readonly key: Codec
  readonly value: Codec
}

/** For what is JSON as it is. */
export const plain: Codec = Object.freeze({
  pack: (value: unknown) => value,
  unpack: (packed: unknown) => packed,
})

export const plainCodecs: Codecs = Object.freeze({ key: plain, value: plain })

const encoder = new TextEncoder()

/** What serdes of codecs are made of. */
const codecs = new WeakMap<Serde<unknown>, Codec>()

/** Returns the codec of what is carried by a serde; without one it is JSON. */
export function codecOf(serde: Serde<unknown> | undefined): Codec {
  if (serde === undefined || serde === json || serde === string) return plain
  const known = codecs.get(serde)
  if (known) return known
  return {
    pack(value) {
      if (value === undefined || value === null) return value
      const written = serde === bytes ? (value as Uint8Array) : serde.serialize(value)
      return typeof written === 'string' ? written : { base64: toBase64(written) }
    },
    unpack(packed) {
      if (packed === undefined || packed === null) return packed
      const isText = typeof packed === 'string'
      const data = isText ? encoder.encode(packed) : fromBase64((packed as Packed).base64)
      return serde === bytes ? data : serde.deserialize(data)
    },
  }
}

/** Returns a copy, which a program may change; of what JSON would lose there is none. */
export function copyOf(value: unknown, codec: Codec): unknown {
  if (typeof value !== 'object' || value === null) return value
  // Those of Node stay such.
  if (value instanceof Uint8Array) return Uint8Array.prototype.slice.call(value)
  // It needs no codec, whatever that does with it.
  if (lostInJson(value) === undefined) return copyOfJson(value)
  const packed = codec.pack(value)
  return lostInJson(packed) === undefined ? codec.unpack(copyOfJson(packed)) : value
}

/** What `structuredClone` returns, in a tenth of the time. */
function copyOfJson(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(copyOfJson)
  const copy = { ...value } as Record<string, unknown>
  for (const name of Object.keys(copy)) {
    const part = copy[name]
    if (typeof part === 'object') copy[name] = copyOfJson(part)
  }
  return copy
}

interface Packed {
  readonly base64: string
}

/** Returns the codec of an object, or a list, some of whose properties have codecs of their own. */
export function codecOfParts(parts: Readonly<Record<string, Codec>>): Codec {
  const special = Object.entries(parts).filter(([, codec]) => codec !== plain)
  if (special.length === 0) return plain
  const each =
    (direction: 'pack' | 'unpack') =>
    (whole: unknown): unknown => {
      const copy = (
        Array.isArray(whole) ? [...(whole as unknown[])] : { ...(whole as object) }
      ) as Record<string, unknown>
      for (const [name, codec] of special) {
        if (name in copy) copy[name] = codec[direction](copy[name])
      }
      return copy
    }
  return { pack: each('pack'), unpack: each('unpack') }
}

/**
 * The codec of what a schema has made of JSON: that may have dates and the like, and what the
 * schema reads is something else than what it makes.
 */
export const schemaCodec: Codec = Object.freeze({
  pack(value: unknown) {
    if (value === undefined || value === null) return value
    return lostInJson(value) === undefined ? [value] : { tagged: tag(value) }
  },
  unpack(packed: unknown) {
    if (packed === undefined || packed === null) return packed
    if (Array.isArray(packed)) return (packed as [unknown])[0]
    return untag((packed as { readonly tagged: unknown }).tagged)
  },
})

/** Whether what is carried so is for topics of the application alone. */
export function isOfCodec(serde: Serde<unknown>): boolean {
  return codecs.has(serde)
}

/** Returns the serde of records whose values are what `codec` packs; JSON needs none. */
export function serdeOfCodec(codec: Codec): Serde<unknown> | undefined {
  if (codec === plain) return undefined
  const serde: Serde<unknown> = {
    serialize(value) {
      const packed = codec.pack(value)
      const lost = lostInJson(packed)
      if (lost !== undefined) throw new TypeError(`JSON does not give back ${lost}`)
      return json.serialize(packed)
    },
    deserialize: (data) => codec.unpack(json.deserialize(data)),
  }
  codecs.set(serde, codec)
  return serde
}
