/** Fills topics with records, each in the partition of its key, in the order of their timestamps. */

import { partitionForKey } from '../../src/client/producer/partitioner.ts'
import { BatchWriter } from '../../src/record/batch-writer.ts'
import { createTopicsOn, produceOn, type RawClient } from '../raw-client.ts'

export interface FilledTopic {
  readonly topic: string
  readonly partitions: number
  readonly count: number
  /** Returns the record of a number. */
  readonly record: (index: number) => {
    readonly key: string
    readonly value: unknown
    readonly timestamp: number
  }
}

/** About what a producer puts into a batch of 16 KiB. */
const batchBytes = 16 * 1024
const inFlightMax = 100

/** Creates a topic and fills it. */
export async function createFilled(client: RawClient, filled: FilledTopic): Promise<void> {
  const { topic, partitions, count, record } = filled
  await createTopicsOn(client, [{ name: topic, partitions }])
  const writers = new Map<number, BatchWriter>()
  const sent: Promise<void>[] = []
  const send = async (partition: number, writer: BatchWriter): Promise<void> => {
    writers.delete(partition)
    const records = await writer.finish()
    sent.push(produceOn(client, { topic, partition, records }))
    if (sent.length >= inFlightMax) await Promise.all(sent.splice(0))
  }
  for (let index = 0; index < count; index++) {
    const { key, value, timestamp } = record(index)
    const partition = partitionForKey(key, partitions)
    const writer = writers.get(partition) ?? new BatchWriter({ sizeHintBytes: batchBytes + 256 })
    writers.set(partition, writer)
    const sizeBytes = writer.append({ key, value: JSON.stringify(value), timestamp })
    if (sizeBytes >= batchBytes) await send(partition, writer)
  }
  for (const [partition, writer] of writers) await send(partition, writer)
  await Promise.all(sent)
}
