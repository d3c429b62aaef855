/**
 * HalfSipHash-1-3 with 64 bits: what entries of a local store are told apart by in memory. It has a
 * secret key, so that nobody can choose keys that are taken for each other. Among ten million keys
 * the chance that two are is 3 in a million; a look-up then finds another key, and says so.
 */

/** The secret of a store: two numbers of 32 bits. */
export type HashSecret = readonly [number, number]

/** The last hash, so that none needs an object of its own. */
export const hash = { low: 0, high: 0 }

/** Sets `hash` to that of `bytes` from `start` to `end`. */
export function hashKey([k0, k1]: HashSecret, bytes: Uint8Array, start: number, end: number): void {
  // A number of 32 bits from the start, or the loop below takes 40 % longer.
  let v0 = k0 | 0
  let v1 = k1 ^ 0xee
  let v2 = 0x6c796765 ^ k0
  let v3 = 0x74656462 ^ k1
  const length = end - start
  const tail = end - (length & 3)
  // A round for each word of the key, then six without a word: three for each half of the hash.
  const lowHalf = tail + 4
  const highHalf = lowHalf + 12
  const allRounds = highHalf + 12
  for (let at = start; at < allRounds; at += 4) {
    let word = 0
    if (at < tail) {
      word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
    } else if (at === tail) {
      // The last word has what is left of the bytes, and their number.
      word = length << 24
      for (let index = end - 1; index >= tail; index--) {
        word |= bytes[index]! << (8 * (index - tail))
      }
    } else if (at === lowHalf) {
      v2 ^= 0xee
    } else if (at === highHalf) {
      hash.low = (v1 ^ v3) >>> 0
      v1 ^= 0xdd
    }
    v3 ^= word
    v0 = (v0 + v1) | 0
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0
    v0 = (v0 << 16) | (v0 >>> 16)
    v2 = (v2 + v3) | 0
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2
    v0 = (v0 + v3) | 0
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0
    v2 = (v2 + v1) | 0
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2
    v2 = (v2 << 16) | (v2 >>> 16)
    v0 ^= word
  }
  hash.high = (v1 ^ v3) >>> 0
}
