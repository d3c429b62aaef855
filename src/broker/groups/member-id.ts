/** The ids that the broker makes for members. */

import { randomUuid } from '../../bytes/random-uuid.ts'
import type { Random } from '../../runtime/runtime.ts'

/** With all of the longest name that a client may have, an id would be too long to be sent. */
const prefixMaxLength = 1000

/** `prefix` is what people know the client by; the rest makes the id unique. */
export function newMemberId(prefix: string, random: Random): string {
  // Half of a character that takes two units would be none.
  const shown = prefix.slice(0, prefixMaxLength).replace(/[\uD800-\uDBFF]$/, '')
  return `${shown}-${newUuid(random)}`
}

export function newUuid(random: Random): string {
  return randomUuid(random.bytes(16))
}
