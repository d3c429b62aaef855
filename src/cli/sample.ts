/**
 * The sample topic of `kafka.do dev`: a week of earthquakes, replayed without end. What is served
 * is real data (see samples/README.md), at a pace that a person can watch.
 */

import { readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import type { Kafka } from '../index-node.ts'

export const sampleTopic = 'earthquakes'

/** One event of the survey; `time` is when it happened, in milliseconds since 1970. */
export interface Earthquake {
  readonly id: string
  readonly network: string
  readonly time: number
  readonly magnitude: number
  readonly place: string
  readonly longitude: number
  readonly latitude: number
  readonly depthKm: number
}

function readSample(): Earthquake[] {
  const text = readFileSync(new URL('../../samples/earthquakes.jsonl', import.meta.url), 'utf8')
  const lines = text.trimEnd().split('\n')
  return lines.map((line) => JSON.parse(line) as Earthquake)
}

/** Creates the topic where it is missing. Returns whether it was. */
export async function createSampleTopic(kafka: Kafka): Promise<boolean> {
  const topics = await kafka.admin.listTopics()
  if (topics.some(({ name }) => name === sampleTopic)) return false
  await kafka.admin.createTopic(sampleTopic, { partitions: 3 })
  return true
}

/**
 * Sends the whole week at once to a new topic, then replays it, `perSecond` events a second with
 * the time of sending as timestamp, until `signal` is aborted.
 */
export async function feedSample(
  kafka: Kafka,
  options: { perSecond: number; isNew: boolean; signal: AbortSignal },
): Promise<void> {
  const earthquakes = readSample()
  const producer = kafka.producer<Earthquake>(sampleTopic)
  const send = (earthquake: Earthquake): Promise<unknown> =>
    producer.send(earthquake, { key: earthquake.network })
  if (options.isNew) await Promise.all(earthquakes.map(send))
  for (let index = 0; !options.signal.aborted; index = (index + 1) % earthquakes.length) {
    await pause(1000 / options.perSecond, options.signal)
    if (!options.signal.aborted) await send(earthquakes[index]!)
  }
  await producer.close()
}

/** Also resolves, early, where `signal` is aborted. */
async function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  await setTimeout(durationMs, undefined, { signal }).catch(() => undefined)
}
