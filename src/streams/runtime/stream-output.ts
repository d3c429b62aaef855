/**
 * What a running topology writes: records of its sinks and of its changelogs. Writing never waits,
 * and the first record that cannot be written is the end of the run.
 */

import type { Sender } from '../../client/sender.ts'
import { serializationError, type Serde } from '../../client/serde.ts'
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
  readonly #onError: (error: Error) => void

  constructor(sender: Sender, onError: (error: Error) => void) {
    this.#sender = sender
    this.#onError = onError
  }

  /** Writes what a sink was given. */
  send({ topic, serdes }: SinkFacts, key: unknown, value: unknown, timestamp: number): void {
    const hasValue = value !== undefined && value !== null
    this.write({
      topic,
      key: key === undefined || key === null ? null : encode('key', serdes.key, topic, key),
      value: hasValue ? encode('value', serdes.value, topic, value) : null,
      timestamp,
    })
  }

  write({ topic, partition, key, value, timestamp, headers = noHeaders }: OutputRecord): void {
    this.#sender.add(topic, {
      record: { key, value, headers, timestamp },
      partition,
      partitioner: undefined,
      resolve: ignore,
      reject: (error) => this.#onError(error as Error),
      signal: undefined,
    })
  }
}

function ignore(): void {
  // Whether a record was stored is asked of all together, at the next commit.
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
