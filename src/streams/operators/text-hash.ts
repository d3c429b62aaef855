/** A number that stands for a text: the same for the same text, and hardly ever for another one. */

/** Returns 53 bits: two hashes as FNV's, by other primes, mixed at the end. */
export function textHash(text: string): number {
  let first = 0x811c9dc5
  let second = 0x41c6ce57
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    first = Math.imul(first ^ code, 0x9e3779b1)
    second = Math.imul(second ^ code, 0x5f356495)
  }
  first =
    Math.imul(first ^ (first >>> 16), 0x85ebca6b) ^ Math.imul(second ^ (second >>> 13), 0xc2b2ae35)
  second =
    Math.imul(second ^ (second >>> 16), 0x85ebca6b) ^ Math.imul(first ^ (first >>> 13), 0xc2b2ae35)
  return (second & 0x1f_ffff) * 0x1_0000_0000 + (first >>> 0)
}
