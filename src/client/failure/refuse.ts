/** Options that there are not. */

import { InvalidOptionError } from './errors.ts'

/** What other clients call what there is here. */
const otherNames: Readonly<Record<string, string>> = {
  brokers: 'url',
  ssl: 'url',
  groupId: 'group',
  fromBeginning: 'offset',
}

/**
 * Refuses options that there are not: left alone, a misspelt one would be its default.
 *
 * @throws InvalidOptionError for the first that has a value
 */
export function refuse(others: object): void {
  for (const [option, value] of Object.entries(others)) {
    if (value === undefined) continue
    const name = otherNames[option]
    const expected = `left out: there is none of that name${name ? `, but '${name}'` : ''}`
    throw new InvalidOptionError({ option, expected })
  }
}
