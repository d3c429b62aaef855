/** What two comparable answers do not agree on, leaf by leaf. */

import type { Comparable } from './comparable.ts'

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

/** Entries that both have are left out, so that what is missing or too much is seen. */
function ofUnequalLists({ theirs, ours, path }: Lists): Difference[] {
  const ourTexts = ours.map((entry) => JSON.stringify(entry))
  const theirTexts = theirs.map((entry) => JSON.stringify(entry))
  const missing = theirs.filter((_, index) => !ourTexts.includes(theirTexts[index]!))
  const surplus = ours.filter((_, index) => !theirTexts.includes(ourTexts[index]!))
  const entryPath = `${path}[]`
  return [
    ...missing.map((entry) => ({ path: entryPath, theirs: entry, ours: undefined })),
    ...surplus.map((entry) => ({ path: entryPath, theirs: undefined, ours: entry })),
  ]
}

function isStruct(value: Comparable | undefined): value is { readonly [name: string]: Comparable } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
