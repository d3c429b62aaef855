/** Decodes the records of one topic for one task, and says when they happened. */

import type { FetchedRecords } from '../../client/consumer/fetched-records.ts'
import type { TopicPartition } from '../../client/cluster/offset-lookup.ts'
import { readerOf, serializationError, type ReadAt } from '../../client/record/serde.ts'
import { happenedAt, type EventTime } from '../topology/event-time.ts'
import type { TopologyNode } from '../topology/topology-node.ts'

export interface DecodedRecord {
  readonly key: unknown
  readonly value: unknown
  /** When it happened. */
  readonly timestamp: number
}

export class InputReader {
  readonly #key: ReadAt<unknown>
  readonly #value: ReadAt<unknown>
  readonly #timestamp: EventTime | undefined
  /** What was decoded to know when it happened, and waits for its turn. */
  #ahead: DecodedRecord | undefined

  constructor({ serdes, timestamp }: Pick<TopologyNode, 'serdes' | 'timestamp'>) {
    this.#key = readerOf(serdes.key)
    this.#value = readerOf(serdes.value)
    this.#timestamp = timestamp
  }

  /** Returns when the current record of `records` happened; what that fails of, `read` throws. */
  timeOf(records: FetchedRecords, place: TopicPartition): number {
    if (!this.#timestamp) return records.timestamp
    this.#ahead = undefined
    try {
      this.#ahead = this.#decode(records, place)
      return this.#ahead.timestamp
    } catch {
      return records.timestamp
    }
  }

  /** Returns the current record. @throws SerializationError, or as the program does */
  read(records: FetchedRecords, place: TopicPartition): DecodedRecord {
    return this.#ahead ?? this.#decode(records, place)
  }

  #decode(records: FetchedRecords, place: TopicPartition): DecodedRecord {
    const key = this.#part('key', records, place)
    const value = this.#part('value', records, place)
    const timestamp = happenedAt(this.#timestamp, key, value, records.timestamp)
    return { key, value, timestamp }
  }

  #part(part: 'key' | 'value', records: FetchedRecords, place: TopicPartition): unknown {
    try {
      return part === 'key' ? records.key(this.#key) : records.value(this.#value)
    } catch (cause) {
      const { topic, partition } = place
      throw serializationError('read', part, { topic, partition, offset: records.offset }, cause)
    }
  }
}
