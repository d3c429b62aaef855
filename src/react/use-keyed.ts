/** Options that are written anew with each render, and what is made of them once. */

import { useState } from 'react'

/**
 * Returns what `make` made when `key` or `owner` was last another one. `useMemo` would do, but
 * may forget.
 */
export function useKeyed<Made>(owner: unknown, key: string, make: () => Made): Made {
  const [held, hold] = useState(() => ({ owner, key, made: make() }))
  if (held.owner === owner && held.key === key) return held.made
  const next = { owner, key, made: make() }
  hold(next)
  return next.made
}

/** Options that are, or have in them, functions: they are other ones with each render. */
const notCompared = new Set(['value', 'key', 'partitioner', 'onRecord'])

/** Returns text that differs where the topic or the options do, but for those with functions. */
export function keyOfOptions(topics: string | readonly string[] | RegExp, options: object): string {
  const compared = Object.entries(options).filter(([name]) => !notCompared.has(name))
  return JSON.stringify([String(topics), compared.sort(([a], [b]) => (a < b ? -1 : 1))])
}
