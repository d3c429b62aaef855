/** The ids that the broker makes for members. */

import { randomUuid } from '../../bytes/uuid.ts'
import type { Random } from '../../runtime/runtime.ts'

/** `prefix` is what people know the client by; the rest makes the id unique. */
export function newMemberId(prefix: string, random: Random): string {
  return `${prefix}-${newUuid(random)}`
}

export function newUuid(random: Random): string {
  return randomUuid(random.bytes(16))
}
