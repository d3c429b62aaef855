/**
 * Requests that name one thing twice. Kafka answers once; where something is to be changed it does
 * neither, since nobody can tell which of the two was meant.
 */

export interface Named<Entry> {
  readonly entry: Entry
  /** Of the same key, in their order, `entry` first. */
  readonly all: readonly Entry[]
}

/** Returns the first entry of each key, with all others of that key. */
export function onceEach<Entry>(
  entries: readonly Entry[],
  keyOf: (entry: Entry) => string,
): Named<Entry>[] {
  const byKey = new Map<string, Entry[]>()
  for (const entry of entries) {
    const key = keyOf(entry)
    const known = byKey.get(key)
    if (known) known.push(entry)
    else byKey.set(key, [entry])
  }
  return [...byKey.values()].map((all) => ({ entry: all[0]!, all }))
}
