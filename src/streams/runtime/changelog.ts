/**
 * Changelog topics: what tasks remember, one record for each entry, the newest of which counts.
 * A task that starts reads its partition of it to the end first.
 */

import { AssignedPartition, noGroup } from '../../client/assigned-partition.ts'
import type { Cluster } from '../../client/cluster.ts'
import type { ResolvedConsumerConfig } from '../../client/consumer-options.ts'
import type { KafkaError } from '../../client/errors.ts'
import { Fetcher } from '../../client/fetcher.ts'
import { lookUpOffsets } from '../../client/offset-lookup.ts'
import { Offset } from '../../client/offset.ts'
import { bytes, json } from '../../client/serde.ts'

const decoder = new TextDecoder()

/** The key of an entry: the node that remembers it, and what it knows it by. */
type EntryKey = readonly [node: string, key: readonly unknown[]]

export interface EncodedEntry {
  readonly key: Uint8Array | string
  readonly value: Uint8Array | string | null
}

export function encodeEntry(node: string, key: readonly unknown[], value: unknown): EncodedEntry {
  return {
    key: json.serialize([node, key]),
    value: value === undefined ? null : json.serialize(value),
  }
}

export interface RestoreOptions {
  readonly topic: string
  readonly partition: number
  readonly config: ResolvedConsumerConfig<unknown, unknown>
  readonly signal: AbortSignal
}

/**
 * Calls `restore` with each entry that is alive. Resolves with how many records were read.
 *
 * @throws what is in the way of reading the changelog
 */
export async function readChangelog(
  cluster: Cluster,
  { topic, partition, config, signal }: RestoreOptions,
  restore: (node: string, key: readonly unknown[], value: unknown) => void,
): Promise<number> {
  const [start, end] = await Promise.all(
    [Offset.earliest, Offset.latest].map(async (offset) => {
      const [found] = await lookUpOffsets(cluster, [{ topic, partition, offset }], {
        // What is not committed yet is waited for: it may be, with the offsets that we go on from.
        isolation: 'read_uncommitted',
        signal,
      })
      return found!.offset
    }),
  )
  if (start! >= end!) return 0
  const alive = new Map<string, Uint8Array>()
  const place = { topic, partition, position: start! }
  const read = await readTo(cluster, { ...place, end: end!, config, signal }, (key, value) => {
    if (value) alive.set(decoder.decode(key), value)
    else alive.delete(decoder.decode(key))
  })
  for (const [key, value] of alive) {
    const [node, entryKey] = JSON.parse(key) as EntryKey
    restore(node, entryKey, json.deserialize(value))
  }
  return read
}

interface ReadOptions extends RestoreOptions {
  readonly position: number
  readonly end: number
}

function readTo(
  cluster: Cluster,
  { topic, partition, position, end, config, signal }: ReadOptions,
  onRecord: (key: Uint8Array, value: Uint8Array | null) => void,
): Promise<number> {
  return new Promise((resolve, reject) => {
    let count = 0
    const finish = (error?: Error): void => {
      signal.removeEventListener('abort', onAbort)
      fetcher.close()
      if (error) reject(error)
      else resolve(count)
    }
    const onAbort = (): void => finish(signal.reason as Error)
    const start = { topic, partition, position, value: bytes, key: bytes, committer: noGroup }
    const assigned = new AssignedPartition(start)
    const drain = (): void => {
      for (let fetched = fetcher.take(); fetched; fetched = fetcher.take()) {
        if (fetched.error) return finish(fetched.error)
        const { key, value, offset } = fetched.record
        if (offset < end && key) onRecord(key, value && value.slice())
        count++
        if (offset + 1 >= end) return finish()
      }
      // What ends it may be the marker of a transaction, or compacted away.
      if (assigned.position >= end && fetcher.isEmpty) finish()
    }
    const fail = (error: KafkaError): void => finish(error)
    const fetcher = new Fetcher(cluster, config, {
      onArrival: drain,
      onProgress: drain,
      onOutOfRange: (_, error) => fail(error),
      onError: fail,
    })
    signal.addEventListener('abort', onAbort, { once: true })
    fetcher.add([assigned])
  })
}
