/** The records that clients are compared with: 100 bytes of JSON, keyed by one of 1,000 customers. */

import { BatchWriter } from '../src/record/batch-writer.ts'
import { produceOn, type RawClient } from './raw-client.ts'

export interface SampleEvent {
  readonly id: number
  readonly type: string
  readonly customer: string
  readonly amount: number
  readonly note: string
}

const firstId = 100_000_000
const customerCount = 1_000
/** About what a producer puts into a batch of 16 KiB. */
const batchRecordCount = 120

/** Returns the event of a number below 900 million; its JSON has 100 bytes. */
export function sampleEvent(index: number): SampleEvent {
  return {
    id: firstId + index,
    type: 'order.created',
    customer: `c-${1_000 + (index % customerCount)}`,
    amount: 10_000 + (index % 90_000),
    note: 'by the back door',
  }
}

/** Returns what the ids of the first `count` events add up to. */
export function sumOfIds(count: number): number {
  return count * firstId + (count * (count - 1)) / 2
}

/** Produces the first `count` events to `partitions` partitions, each getting a batch in turn. */
export async function fillTopic(
  client: RawClient,
  { topic, partitions, count }: { topic: string; partitions: number; count: number },
): Promise<void> {
  const sent: Promise<void>[] = []
  for (let start = 0; start < count; start += batchRecordCount) {
    const writer = new BatchWriter({ baseTimestamp: Date.now(), sizeHintBytes: 16 * 1024 })
    for (let index = start; index < Math.min(start + batchRecordCount, count); index++) {
      const event = sampleEvent(index)
      writer.append({ key: event.customer, value: JSON.stringify(event) })
    }
    const partition = (start / batchRecordCount) % partitions
    const records = await writer.finish()
    sent.push(produceOn(client, { topic, partition, records }))
    if (sent.length >= 100) await Promise.all(sent.splice(0))
  }
  await Promise.all(sent)
}
