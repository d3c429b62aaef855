/** How long a broker takes to accept a record, one after the other on one connection. */

import { writeBatch } from '../src/record/batch-writer.ts'
import { produceOn, type RawClient } from './raw-client.ts'
import { median, percentile } from './statistics.ts'

const recordBytes = 1024

export interface Latency {
  readonly p50Ms: number
  readonly p99Ms: number
}

/**
 * Produces records of 1 KiB to partition 0 of `topic` for so many seconds. Gives the median of what
 * each second came to, since a machine with few cores has better and worse seconds.
 */
export async function measureLatency(
  client: RawClient,
  { topic, seconds }: { topic: string; seconds: number },
): Promise<Latency> {
  const value = new Uint8Array(recordBytes).fill(0x78)
  const records = await writeBatch([{ key: null, value, timestamp: Date.now() }])
  const measured: Latency[] = []
  while (measured.length < seconds) {
    const tookMs: number[] = []
    const endMs = performance.now() + 1_000
    for (let startMs = performance.now(); startMs < endMs; startMs = performance.now()) {
      await produceOn(client, { topic, partition: 0, records })
      tookMs.push(performance.now() - startMs)
    }
    measured.push({ p50Ms: percentile(tookMs, 50), p99Ms: percentile(tookMs, 99) })
  }
  return {
    p50Ms: median(measured.map(({ p50Ms }) => p50Ms)),
    p99Ms: median(measured.map(({ p99Ms }) => p99Ms)),
  }
}
