/**
 * Changelog topics: what tasks remember, one record for each entry, the newest of which counts.
 * A task that starts reads its partition of it to the end first.
 */

import { AssignedPartition, noGroup } from '../../client/consumer/assigned-partition.ts'
import type { Cluster } from '../../client/cluster/cluster.ts'
import type { ResolvedConsumerConfig } from '../../client/consumer/consumer-options.ts'
import type { KafkaError } from '../../client/failure/errors.ts'
import { Fetcher } from '../../client/consumer/fetcher.ts'
import { lookUpOffsets } from '../../client/cluster/offset-lookup.ts'
import { Offset } from '../../client/record/offset.ts'
import type { KafkaRecord } from '../../client/record/kafka-record.ts'
import { bytes } from '../../client/record/serde.ts'

const decoder = new TextDecoder()

export interface ChangelogPlace {
  readonly topic: string
  readonly partition: number
}

export interface ChangelogBounds {
  readonly start: number
  readonly end: number
}

/** Looks up where a changelog begins, and where what is there of it now ends. */
export async function changelogBounds(
  cluster: Cluster,
  place: ChangelogPlace,
  signal: AbortSignal,
): Promise<ChangelogBounds> {
  const [start, end] = await Promise.all(
    [Offset.earliest, Offset.latest].map(async (offset) => {
      const [found] = await lookUpOffsets(cluster, [{ ...place, offset }], {
        // What is not committed yet is waited for: it may be, with the offsets that we go on from.
        isolation: 'read_uncommitted',
        signal,
      })
      return found!.offset
    }),
  )
  return { start: start!, end: end! }
}

export interface ReadOptions extends ChangelogPlace {
  readonly position: number
  readonly end: number
  readonly config: ResolvedConsumerConfig<unknown, unknown>
  readonly signal: AbortSignal
}

/** What is told of the reading of a changelog; `value` is `null` where the key is removed. */
export interface ChangelogReader {
  readonly onEntry: (key: string, value: string | null) => void
  /**
   * All before this offset has been read; what comes behind it is no older than `asOfMs`. Nothing
   * more is read before it returns.
   */
  readonly onProgress: (position: number, asOfMs: number) => void
}

/**
 * Reads the entries that are committed, from `position` up to `end`.
 *
 * @throws what is in the way of reading the changelog
 */
export function readChangelog(
  cluster: Cluster,
  options: ReadOptions,
  { onEntry, onProgress }: ChangelogReader,
): Promise<void> {
  const { topic, partition, position, end, config, signal } = options
  return new Promise((resolve, reject) => {
    const finish = (error?: Error): void => {
      signal.removeEventListener('abort', onAbort)
      fetcher.close()
      if (error) reject(error)
      else resolve()
    }
    const onAbort = (): void => finish(signal.reason as Error)
    const start = { topic, partition, position, value: bytes, key: bytes, committer: noGroup }
    const assigned = new AssignedPartition(start)
    let next = position
    let asOfMs = 0
    const take = (): void => {
      let last: KafkaRecord<unknown, unknown> | undefined
      for (let fetched = fetcher.take(); fetched; fetched = fetcher.take()) {
        if (fetched.error) return finish(fetched.error)
        last = fetched.record
        const { rawKey: key, rawValue: value, offset } = last
        if (offset < end && key) onEntry(decoder.decode(key), value && decoder.decode(value))
        next = offset + 1
      }
      // What comes next may be the marker of a transaction, or compacted away.
      if (fetcher.isEmpty) next = Math.max(next, assigned.position)
      if (last) asOfMs = last.timestamp.getTime()
      onProgress(Math.min(next, end), asOfMs)
      if (next >= end) finish()
    }
    const drain = (): void => {
      try {
        take()
      } catch (error) {
        // A store that cannot be written, or the program, is none of the fetcher's business.
        finish(error as Error)
      }
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
