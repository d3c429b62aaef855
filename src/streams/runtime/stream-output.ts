/**
 * What a running topology writes: records of its sinks and of its changelogs. Writing never waits,
 * and the first record that cannot be written is the end of the run.
 */

import type { Asker } from '../../client/producer/accumulator.ts'
import { partitionForKey, type Partitioner } from '../../client/producer/partitioner.ts'
import type { Sender } from '../../client/producer/sender.ts'
import { serializationError, type Serde } from '../../client/record/serde.ts'
import type { SinkFacts } from '../operators/task-context.ts'

type Bytes = Uint8Array | string

export interface OutputRecord {
  readonly topic: string
  /** @default by the key */
  readonly partition?: number
  readonly key: Bytes | null
  readonly value: Bytes | null
  readonly timestamp: number
  readonly headers?: readonly { readonly key: string; readonly value: string | Uint8Array }[]
}

const noHeaders: readonly never[] = Object.freeze([])

export class StreamOutput {
  readonly #sender: Sender
  /** Whether a record was stored is asked of all together, at the next commit. */
  readonly #asker: Asker

  constructor(sender: Sender, onError: (error: Error) => void) {
    this.#sender = sender
    const failed = (error: unknown): void => onError(error as Error)
    this.#asker = { signal: undefined, stored: undefined, failed }
  }

  /** Writes what a sink was given. */
  send(sink: SinkFacts, key: unknown, value: unknown, timestamp: number): void {
    const { topic, serdes, placedBy } = sink
    const hasKey = key !== undefined && key !== null
    const hasValue = value !== undefined && value !== null
    const place = placedBy?.(key, value)
    const isPartition = typeof place === 'number'
    this.#sender.add(topic, {
      key: hasKey ? encode('key', serdes.key, topic, key) : null,
      value: hasValue ? encode('value', serdes.value, topic, value) : null,
      headers: noHeaders,
      timestamp,
      partition: isPartition ? place : undefined,
      partitioner: place === undefined || isPartition ? undefined : placedAs(place),
      asker: this.#asker,
      index: 0,
    })
  }

  /** `onStored` is told of the record's offset. */
  write(output: OutputRecord, onStored?: (offset: number) => void): void {
    const { topic, partition, key, value, timestamp, headers = noHeaders } = output
    const asker: Asker = onStored
      ? { ...this.#asker, stored: ({ offset }) => onStored(offset) }
      : this.#asker
    const choice = { partition, partitioner: undefined }
    this.#sender.add(topic, { key, value, headers, timestamp, ...choice, asker, index: 0 })
  }
}

/** Has a record placed where one with that key would be. */
function placedAs(key: Bytes): Partitioner {
  return ({ partitionCount }) => partitionForKey(key, partitionCount)
}

function encode(
  part: 'key' | 'value',
  serde: Serde<unknown>,
  topic: string,
  value: unknown,
): Bytes {
  try {
    return serde.serialize(value)
  } catch (cause) {
    throw serializationError('write', part, { topic }, cause)
  }
}
