/**
 * Entries of a task's state as texts, as they are in changelogs and local stores: the key is JSON
 * of the node that remembers it and of what it knows it by.
 */

import { canonicalJson } from './store-key.ts'

/** Returns one text for keys that are equal. */
export function keyText(node: string, key: readonly unknown[]): string {
  const isPlain = key.every((part) => typeof part !== 'object' || part === null)
  const text = isPlain ? JSON.stringify(key) : canonicalJson(key)
  return `${keyPrefix(node)}${text}]`
}

/** Returns what the keys of a node begin with. */
export function keyPrefix(node: string): string {
  return `[${JSON.stringify(node)},`
}

export function parseKey(text: string): readonly [node: string, key: readonly unknown[]] {
  return JSON.parse(text) as [string, unknown[]]
}
