/** Records that could not be processed, on their way to a topic where somebody looks at them. */

import { KafkaError, messageOf } from '../failure/errors.ts'
import type { RecordMetadata } from '../producer/accumulator.ts'
import type { HeadersInput, Producer } from '../producer/producer.ts'
import type { KafkaRecord } from '../record/kafka-record.ts'

/** Sends `record` as it came, with headers of its own and those that tell what became of it. */
export function sendDeadLetter(
  producer: Producer<Uint8Array, Uint8Array>,
  record: KafkaRecord<unknown, unknown>,
  error: unknown,
): Promise<RecordMetadata> {
  const { rawKey, rawValue, rawHeaders, timestamp } = record
  const headers: HeadersInput = [
    ...rawHeaders.map(({ key, value }) => [key, value] as const),
    ...deadLetterHeaders(record, error),
  ]
  return producer.send(rawValue, { key: rawKey, headers, timestamp })
}

/** Returns the headers that tell what became of a record. */
export function deadLetterHeaders(
  { topic, partition, offset }: Pick<KafkaRecord, 'topic' | 'partition' | 'offset'>,
  error: unknown,
): [name: string, value: string][] {
  return [
    ['original-topic', topic],
    ['original-partition', String(partition)],
    ['original-offset', String(offset)],
    ['error', messageOf(error)],
    ...(KafkaError.is(error) ? [['error-code', error.code] as [string, string]] : []),
  ]
}
