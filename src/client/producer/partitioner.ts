/** Which partition a record goes to. */

import { putAscii } from '../../bytes/writer.ts'

/** Chooses a partition below `partitionCount`; `undefined` leaves it to the default. */
export type Partitioner = (record: {
  readonly topic: string
  readonly key: Uint8Array | string | null
  readonly partitionCount: number
}) => number | undefined

const seed = 0x9747b28c | 0
const multiplier = 0x5bd1e995
const encoder = new TextEncoder()
let scratch = new Uint8Array(256)

/** Returns the partition that Kafka's Java producer chooses for `key`. */
export function partitionForKey(key: Uint8Array | string, partitionCount: number): number {
  return (keyHash(key) & 0x7fff_ffff) % partitionCount
}

function keyHash(key: Uint8Array | string): number {
  if (typeof key !== 'string') return murmur2(key, key.length)
  const { length } = key
  if (length > scratch.length) scratch = new Uint8Array(length * 2)
  // Most keys are ASCII, and then this is all of it.
  return putAscii(scratch, 0, key) ? murmur2(scratch, length) : keyHash(encoder.encode(key))
}

/** MurmurHash2 (Appleby, 2008) of the first `length` bytes, with the seed that Kafka uses. */
export function murmur2(bytes: Uint8Array, length: number): number {
  let hash = seed ^ length
  const wordsEnd = length & ~3
  for (let index = 0; index < wordsEnd; index += 4) {
    let word =
      bytes[index]! |
      (bytes[index + 1]! << 8) |
      (bytes[index + 2]! << 16) |
      (bytes[index + 3]! << 24)
    word = Math.imul(word, multiplier)
    word ^= word >>> 24
    hash = Math.imul(hash, multiplier) ^ Math.imul(word, multiplier)
  }
  const rest = length & 3
  if (rest > 2) hash ^= bytes[wordsEnd + 2]! << 16
  if (rest > 1) hash ^= bytes[wordsEnd + 1]! << 8
  if (rest > 0) hash = Math.imul(hash ^ bytes[wordsEnd]!, multiplier)
  hash = Math.imul(hash ^ (hash >>> 13), multiplier)
  return hash ^ (hash >>> 15)
}
