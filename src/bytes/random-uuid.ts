/** Random ids of 16 bytes, in the text form of `uuid.ts`. */

import { uuidFromBytes } from './uuid.ts'

/** Returns the text form of a random version-4 UUID made from 16 random bytes. */
export function randomUuid(random: Uint8Array): string {
  const bytes = random.slice(0, 16)
  bytes[6] = (bytes[6]! & 0x0f) | 0x40
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return uuidFromBytes(bytes)
}
