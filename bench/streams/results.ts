/** What came out of a program: how much, and whether it is the same as what came out of another. */

import { Kafka } from '../../src/index-node.ts'
import { listOffsets } from '../../src/protocol/list-offsets.ts'
import type { RawClient } from '../raw-client.ts'

/** Kafka's number for the offset after the last record. */
const latest = -1

/** Returns how many records a topic has, those included that end transactions. */
export async function recordCount(
  client: RawClient,
  topic: string,
  partitions: number,
): Promise<number> {
  const asked = Array.from({ length: partitions }, (_, partitionIndex) => ({
    partitionIndex,
    timestamp: latest,
  }))
  const { topics } = await client.request(listOffsets, 1, {
    replicaId: -1,
    topics: [{ name: topic, partitions: asked }],
  })
  let count = 0
  for (const { partitions: found } of topics) for (const { offset } of found) count += offset
  return count
}

/** Makes a result the same text whichever program has written it. */
export type ReadResult = (key: Buffer, value: Buffer | null) => string

/** What all records of a topic come to, in whichever order they are. */
export interface Digest {
  count: number
  sum: number
}

export async function digest(
  bootstrap: string,
  { topic, expected, read }: { topic: string; expected: number; read: ReadResult },
): Promise<Digest> {
  await using kafka = new Kafka({ url: `kafka://${bootstrap}` })
  const found: Digest = { count: 0, sum: 0 }
  const options = { key: 'bytes', value: 'bytes', group: `digest-of-${topic}` } as const
  const consumer = kafka.consumer<Uint8Array, Uint8Array>(topic, options)
  for await (const { key, value } of consumer) {
    const text = read(asBuffer(key)!, asBuffer(value))
    found.count++
    found.sum = (found.sum + hash(text)) % Number.MAX_SAFE_INTEGER
    if (found.count === expected) break
  }
  return found
}

function asBuffer(bytes: Uint8Array | null): Buffer | null {
  return bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}

/** FNV-1a, of UTF-16 code units. */
function hash(text: string): number {
  let state = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    state = Math.imul(state ^ text.charCodeAt(index), 0x01000193)
  }
  return state >>> 0
}

/** A windowed key of ours, and of @kafkats/flow. */
interface JsonKey {
  readonly key: string
  readonly start?: number
  readonly end?: number
  readonly window?: { readonly start: number; readonly end: number }
}

/** Reads what programs write that use JSON for all that is no text. */
export function readJson(isWindowed: boolean): ReadResult {
  return (key, value) => {
    const text = value === null ? 'null' : value.toString()
    if (!isWindowed) return `${key.toString()} ${text}`
    const windowed = JSON.parse(key.toString()) as JsonKey
    const { start } = windowed.window ?? windowed
    return `${windowed.key}@${start} ${text}`
  }
}

/** Reads what Kafka Streams writes: times after a windowed key, and counts as 64 bits. */
export function readJava(window: 'none' | 'time' | 'session', isCount: boolean): ReadResult {
  return (key, value) => {
    const number = isCount && value !== null ? String(value.readBigInt64BE()) : value?.toString()
    const text = number ?? 'null'
    if (window === 'none') return `${key.toString()} ${text}`
    // A session has its end first, whose start comes last; of a window there is the start alone.
    const keyBytes = key.length - (window === 'session' ? 16 : 8)
    const start = key.readBigInt64BE(key.length - 8)
    return `${key.toString('utf8', 0, keyBytes)}@${start} ${text}`
  }
}
