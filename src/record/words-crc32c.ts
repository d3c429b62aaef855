/**
 * CRC-32C in JavaScript, four words a step through sixteen tables: more than 2 GB/s. It is for
 * those to whom its lines are nothing; `crc32c.ts` has the short way.
 */

import { polynomial } from './crc32c.ts'

// Sixteen constants, not an array of tables: the engine then knows the address of each.
const t0 = new Int32Array(256)
const t1 = new Int32Array(256)
const t2 = new Int32Array(256)
const t3 = new Int32Array(256)
const t4 = new Int32Array(256)
const t5 = new Int32Array(256)
const t6 = new Int32Array(256)
const t7 = new Int32Array(256)
const t8 = new Int32Array(256)
const t9 = new Int32Array(256)
const t10 = new Int32Array(256)
const t11 = new Int32Array(256)
const t12 = new Int32Array(256)
const t13 = new Int32Array(256)
const t14 = new Int32Array(256)
const t15 = new Int32Array(256)

/** Below this size a view of the words costs more than it saves. */
export const wordsFromBytes = 32
const isLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1

/** Returns the CRC-32C of `bytes` from `start` up to `end`. */
export function wordsCrc32c(bytes: Uint8Array, start = 0, end = bytes.length): number {
  if (t0[1] === 0) fillTables()
  let crc = -1
  let i = start
  if (isLittleEndian && end - start >= wordsFromBytes) {
    // Up to the first whole word of memory.
    while (((bytes.byteOffset + i) & 3) !== 0) crc = (crc >>> 8) ^ t0[(crc ^ bytes[i++]!) & 255]!
    const wordCount = ((end - i) >> 2) & ~3
    const words = new Int32Array(bytes.buffer, bytes.byteOffset + i, wordCount)
    for (let k = 0; k < wordCount; k += 4) {
      const a = words[k]! ^ crc
      const b = words[k + 1]!
      const c = words[k + 2]!
      const d = words[k + 3]!
      // oxfmt-ignore
      crc =
        t15[a & 255]! ^ t14[(a >>> 8) & 255]! ^ t13[(a >>> 16) & 255]! ^ t12[a >>> 24]! ^
        t11[b & 255]! ^ t10[(b >>> 8) & 255]! ^ t9[(b >>> 16) & 255]! ^ t8[b >>> 24]! ^
        t7[c & 255]! ^ t6[(c >>> 8) & 255]! ^ t5[(c >>> 16) & 255]! ^ t4[c >>> 24]! ^
        t3[d & 255]! ^ t2[(d >>> 8) & 255]! ^ t1[(d >>> 16) & 255]! ^ t0[d >>> 24]!
    }
    i += wordCount * 4
  }
  while (i < end) crc = (crc >>> 8) ^ t0[(crc ^ bytes[i++]!) & 255]!
  return ~crc >>> 0
}

/** Fills the tables on first use, so that a program that never checks a batch does not pay. */
function fillTables(): void {
  const tables = [t0, t1, t2, t3, t4, t5, t6, t7, t8, t9, t10, t11, t12, t13, t14, t15]
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? polynomial : 0)
    t0[byte] = crc
  }
  // Table n is table n-1 moved on by one zero byte.
  for (let n = 1; n < 16; n++) {
    for (let byte = 0; byte < 256; byte++) {
      const before = tables[n - 1]![byte]!
      tables[n]![byte] = (before >>> 8) ^ t0[before & 255]!
    }
  }
}
