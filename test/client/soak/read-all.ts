/** Reads all that is committed in a topic, partition by partition. */

import type { Kafka } from '../../../src/client/kafka.ts'
import { KafkaError } from '../../../src/client/failure/errors.ts'

export interface Found<Value> {
  readonly offset: number
  readonly value: Value
}

/** Returns the records of each partition, in their order. */
export async function readAll<Value>(kafka: Kafka, topic: string): Promise<Found<Value>[][]> {
  const { partitions } = await kafka.admin.describeTopic(topic)
  const found: Found<Value>[][] = Array.from({ length: partitions }, () => [])
  await using consumer = kafka.consumer<Value>(topic)
  while (!consumer.isDrained) {
    try {
      const record = await consumer.next({ timeout: '500ms' })
      if (!record) throw new Error(`the reader of ${topic} was closed`)
      found[record.partition]!.push({ offset: record.offset, value: record.value })
    } catch (error) {
      if (!KafkaError.is(error) || error.code !== 'timeout') throw error
    }
  }
  return found
}
