/** What two comparable answers do not agree on, leaf by leaf. */

import { identityOf, type Comparable } from './comparable.ts'

export interface Difference {
  /** Names of fields, from the outside in, with `[]` for an entry of a list. */
  readonly path: string
  readonly theirs: Comparable | undefined
  readonly ours: Comparable | undefined
}

export function differencesOf(
  theirs: Comparable | undefined,
  ours: Comparable | undefined,
  path = '',
): Difference[] {
  if (Array.isArray(theirs) && Array.isArray(ours)) return ofLists({ theirs, ours, path })
  if (isStruct(theirs) && isStruct(ours)) {
    const names = new Set([...Object.keys(theirs), ...Object.keys(ours)])
    return [...names].flatMap((name) => {
      return differencesOf(theirs[name], ours[name], path === '' ? name : `${path}.${name}`)
    })
  }
  return JSON.stringify(theirs) === JSON.stringify(ours) ? [] : [{ path, theirs, ours }]
}

/** Whether people, not programs, read what is different. */
export function isAboutWords({ path }: Difference): boolean {
  return /message$/i.test(path)
}

interface Lists {
  readonly theirs: readonly Comparable[]
  readonly ours: readonly Comparable[]
  readonly path: string
}

function ofLists({ theirs, ours, path }: Lists): Difference[] {
  if (theirs.length !== ours.length) return ofUnequalLists({ theirs, ours, path })
  return theirs.flatMap((entry, index) => differencesOf(entry, ours[index], `${path}[]`))
}

/** Entries that are about the same are compared; of the others it is told that they are there. */
function ofUnequalLists({ theirs, ours, path }: Lists): Difference[] {
  const entryPath = `${path}[]`
  const rest = [...ours]
  const found: Difference[] = []
  for (const entry of theirs) {
    const identity = identityOf(entry)
    const at = rest.findIndex((other) => identityOf(other) === identity)
    if (at < 0) found.push({ path: entryPath, theirs: entry, ours: undefined })
    else found.push(...differencesOf(entry, rest.splice(at, 1)[0], entryPath))
  }
  return [...found, ...rest.map((entry) => ({ path: entryPath, theirs: undefined, ours: entry }))]
}

function isStruct(value: Comparable | undefined): value is { readonly [name: string]: Comparable } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
