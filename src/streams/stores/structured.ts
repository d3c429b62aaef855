/**
 * JSON with what JSON has not: dates, bigints, maps, sets, bytes, NaN, and `undefined` in lists.
 * Each is an object of one property, whose name begins with a mark:
 *
 *     date {"\0d": milliseconds}   bigint {"\0n": text}     map {"\0m": [[key, value], …]}
 *     set {"\0s": [item, …]}       bytes {"\0b": base64}    undefined {"\0u": 0}
 *     NaN, Infinity {"\0f": text}
 *     an object with a name that begins so itself {"\0o": [[name, value], …]}
 */

import { json, type Serde } from '../../client/record/serde.ts'
import { fromBase64, toBase64 } from './base64.ts'
import { lostInJson } from './json-loss.ts'

const mark = '\u0000'

/** Returns plain JSON for `value`. What has no form in it stays as it is. */
export function tag(value: unknown): unknown {
  if (value === undefined) return { [`${mark}u`]: 0 }
  if (typeof value === 'number') {
    return Number.isFinite(value) ? value : { [`${mark}f`]: String(value) }
  }
  if (typeof value === 'bigint') return { [`${mark}n`]: String(value) }
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(tag)
  if (value instanceof Date) return { [`${mark}d`]: value.getTime() }
  if (value instanceof Uint8Array) return { [`${mark}b`]: toBase64(value) }
  if (value instanceof Map) return { [`${mark}m`]: [...value].map(tag) }
  if (value instanceof Set) return { [`${mark}s`]: [...value].map(tag) }
  const prototype = Object.getPrototypeOf(value) as object | null
  if (prototype !== Object.prototype && prototype !== null) return value
  // What is not there is left out, as JSON does.
  const parts = Object.entries(value).filter(([, part]) => part !== undefined)
  const tagged = parts.map(([name, part]) => [name, tag(part)] as const)
  const isMarked = parts.some(([name]) => name.startsWith(mark))
  return isMarked ? { [`${mark}o`]: tagged } : Object.fromEntries(tagged)
}

/** Returns what `tag` was given. */
export function untag(tagged: unknown): unknown {
  if (typeof tagged !== 'object' || tagged === null) return tagged
  if (Array.isArray(tagged)) return tagged.map(untag)
  const parts = Object.entries(tagged)
  const [first] = parts
  if (first && parts.length === 1 && first[0].startsWith(mark)) return untagged(...first)
  return Object.fromEntries(parts.map(([name, part]) => [name, untag(part)]))
}

function untagged(name: string, content: unknown): unknown {
  const list = (): unknown[] => (content as unknown[]).map(untag)
  const kind = name.slice(mark.length)
  if (kind === 'u') return undefined
  if (kind === 'f') return Number(content)
  if (kind === 'n') return BigInt(content as string)
  if (kind === 'd') return new Date(content as number)
  if (kind === 'b') return fromBase64(content as string)
  if (kind === 'm') return new Map(list() as [unknown, unknown][])
  if (kind === 's') return new Set(list())
  return Object.fromEntries(list() as [string, unknown][])
}

const serde: Serde<unknown> = Object.freeze({
  serialize(value: unknown) {
    const tagged = tag(value)
    const lost = lostInJson(tagged)
    if (lost !== undefined) throw new TypeError(`there is no form for ${lost}`)
    return json.serialize(tagged)
  },
  deserialize: (bytes: Uint8Array) => untag(json.deserialize(bytes)),
})

/**
 * Returns the serde of values that have dates, bigints, maps, sets or bytes in them: JSON that says
 * which they are. Objects of other classes are refused. Their type is that of the step it is for.
 */
export function structured<Value = never>(): Serde<Value> {
  return serde as Serde<Value>
}
