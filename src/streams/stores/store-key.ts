/**
 * What stores know a key by: something that a `Map` finds again. Keys are equal if they are of one
 * type and have the same JSON text, whatever the order of their properties. What JSON has not, as
 * bigints, maps and sets, counts as `structured()` has it.
 */

import { tag } from './structured.ts'

export type StoreKey = string | number | boolean

/** Begins what stands for a key that is no plain value; a text that begins so is one of these. */
const mark = '\u0000'

export function storeKey(key: unknown): StoreKey {
  if (typeof key === 'string') return key.startsWith(mark) ? mark + JSON.stringify(key) : key
  if (typeof key === 'number' || typeof key === 'boolean') return key
  return mark + canonicalJson(key)
}

/** Returns the JSON text of `value` with the properties of objects in the order of their names. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => canonical(part))
}

function canonical(part: unknown): unknown {
  if (typeof part === 'bigint' || part instanceof Map || part instanceof Set) return tag(part)
  return isPlainObject(part) ? sorted(part) : part
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function sorted(object: Record<string, unknown>): Record<string, unknown> {
  const names = Object.keys(object).sort()
  return Object.fromEntries(names.map((name) => [name, object[name]]))
}
