/**
 * What administrators write says what is meant, and each field of it that is missing widens that:
 * one that is misspelt, as by programs without types, is not to be passed over.
 */

import { refuse } from '../failure/refuse.ts'

/** Returns the entries of `given` that have a value: `undefined` is what was not given. */
export function entriesOf<Value>(given: Readonly<Record<string, Value | undefined>>) {
  return Object.entries(given).filter((entry): entry is [string, Value] => entry[1] !== undefined)
}

/** @throws InvalidOptionError for the first field of `given` that is none of `names` */
export function onlyFields(given: object, names: readonly string[]): void {
  refuse(Object.fromEntries(Object.entries(given).filter(([name]) => !names.includes(name))))
}
