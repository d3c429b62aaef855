/**
 * MurmurHash3 of 128 bits (Austin Appleby's x86 variant, public domain), as four 32-bit words. It
 * is no protection against somebody who looks for collisions; but whoever may write to a topic can
 * replace the records of any key anyway.
 */

const c1 = 0x239b961b
const c2 = 0xab0e9789
const c3 = 0x38b34ae5
const c4 = 0xa1e38b93

/** The hash of the last bytes that `of` was given; each word is unsigned. */
export class KeyHash {
  h1 = 0
  h2 = 0
  h3 = 0
  h4 = 0

  /** Computes the hash of `length` bytes from `start` on, and returns this object. */
  of(bytes: Uint8Array, start: number, length: number): this {
    let h1 = 0
    let h2 = 0
    let h3 = 0
    let h4 = 0
    let at = start
    const blocksEnd = start + (length & ~15)
    for (; at < blocksEnd; at += 16) {
      h1 ^= mix(word(bytes, at), c1, 15, c2)
      h1 = (Math.imul((rotate(h1, 19) + h2) | 0, 5) + 0x561ccd1b) | 0
      h2 ^= mix(word(bytes, at + 4), c2, 16, c3)
      h2 = (Math.imul((rotate(h2, 17) + h3) | 0, 5) + 0x0bcaa747) | 0
      h3 ^= mix(word(bytes, at + 8), c3, 17, c4)
      h3 = (Math.imul((rotate(h3, 15) + h4) | 0, 5) + 0x96cd1c35) | 0
      h4 ^= mix(word(bytes, at + 12), c4, 18, c1)
      h4 = (Math.imul((rotate(h4, 13) + h1) | 0, 5) + 0x32ac3b17) | 0
    }
    const end = start + length
    if (end > at + 12) h4 ^= mix(partOfWord(bytes, at + 12, end), c4, 18, c1)
    if (end > at + 8) h3 ^= mix(partOfWord(bytes, at + 8, end), c3, 17, c4)
    if (end > at + 4) h2 ^= mix(partOfWord(bytes, at + 4, end), c2, 16, c3)
    if (end > at) h1 ^= mix(partOfWord(bytes, at, end), c1, 15, c2)
    this.#finish(h1 ^ length, h2 ^ length, h3 ^ length, h4 ^ length)
    return this
  }

  #finish(a: number, b: number, c: number, d: number): void {
    const sum = (a + b + c + d) | 0
    const h1 = avalanche(sum)
    const h2 = avalanche((b + sum) | 0)
    const h3 = avalanche((c + sum) | 0)
    const h4 = avalanche((d + sum) | 0)
    const total = (h1 + h2 + h3 + h4) | 0
    this.h1 = total >>> 0
    this.h2 = (h2 + total) >>> 0
    this.h3 = (h3 + total) >>> 0
    this.h4 = (h4 + total) >>> 0
  }
}

function mix(value: number, first: number, turn: number, second: number): number {
  return Math.imul(rotate(Math.imul(value, first), turn), second)
}

function rotate(value: number, turn: number): number {
  return (value << turn) | (value >>> (32 - turn))
}

function avalanche(value: number): number {
  let hash = value
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}

/** Little-endian. */
function word(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
}

/** The same of up to four bytes before `end`. */
function partOfWord(bytes: Uint8Array, at: number, end: number): number {
  let value = 0
  for (let byte = Math.min(3, end - at - 1); byte >= 0; byte--) {
    value = (value << 8) | bytes[at + byte]!
  }
  return value
}
