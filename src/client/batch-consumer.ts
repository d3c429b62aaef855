/** `BatchConsumer`: records several at a time. */

import type { Timer } from '../runtime/runtime.ts'
import type { ConsumerCore } from './consumer-core.ts'
import type { ConsumerConfig } from './consumer-options.ts'
import type { Duration } from './duration.ts'
import type { OperationOptions } from './kafka-options.ts'
import type { KafkaRecord } from './kafka-record.ts'
import { RecordStream, type StreamIterator } from './record-stream.ts'

/** The options of `kafka.batchConsumer`. */
export interface BatchConsumerConfig<Value = unknown, Key = string> extends ConsumerConfig<
  Value,
  Key
> {
  /** Records of a batch. @default maxPollRecords, 500 */
  readonly batchSize?: number
  /** How long a batch that is not full waits for more, from its first record on. @default '1s' */
  readonly batchTimeout?: Duration
}

/** At least one record, of one or more partitions; those of a partition are in order. */
export class Batch<Value = unknown, Key = string> implements Iterable<KafkaRecord<Value, Key>> {
  /** All of them, in the order in which they came. */
  readonly records: readonly KafkaRecord<Value, Key>[]

  constructor(records: readonly KafkaRecord<Value, Key>[]) {
    this.records = records
  }

  /** The number of records. */
  get length(): number {
    return this.records.length
  }

  [Symbol.iterator](): Iterator<KafkaRecord<Value, Key>> {
    return this.records[Symbol.iterator]()
  }

  /** Tells the group that all of these records are processed. @throws RebalanceInProgressError */
  async commit(options: OperationOptions = {}): Promise<void> {
    const last = new Map<string, KafkaRecord<Value, Key>>()
    for (const record of this.records) last.set(`${record.topic}/${record.partition}`, record)
    await Promise.all([...last.values()].map((record) => record.commit(options)))
  }
}

const done = Object.freeze({ done: true, value: undefined })

/** As `Consumer`, with batches for records. */
export class BatchConsumer<Value = unknown, Key = string> extends RecordStream<Batch<Value, Key>> {
  readonly #core: ConsumerCore<Value, Key>
  readonly #batchSize: number
  readonly #batchTimeoutMs: number

  constructor(
    core: ConsumerCore<Value, Key>,
    options: { readonly batchSize: number; readonly batchTimeoutMs: number },
  ) {
    super()
    this.#core = core
    this.#batchSize = options.batchSize
    this.#batchTimeoutMs = options.batchTimeoutMs
  }

  [Symbol.asyncIterator](): StreamIterator<Batch<Value, Key>> {
    return {
      next: async () => {
        this.#core.inHand.processedAll()
        const records = await this.#collect()
        return records.length > 0 ? { done: false, value: new Batch(records) } : done
      },
      return: async (leaving) => {
        if (leaving === 'processed') this.#core.inHand.processedAll()
        await this.#core.close()
        return done
      },
    }
  }

  /** Commits and gives the partitions back, as `Consumer.close`. */
  close(): Promise<void> {
    return this.#core.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** Returns a batch; an empty one once the consumer is closed. */
  async #collect(): Promise<KafkaRecord<Value, Key>[]> {
    const records: KafkaRecord<Value, Key>[] = []
    const late = new AbortController()
    let timer: Timer | undefined
    try {
      while (!late.signal.aborted) {
        const record = this.#core.take()
        if (record) {
          records.push(record)
          if (records.length >= this.#batchSize) break
          timer ??= this.#core.clock.after(this.#batchTimeoutMs, () => late.abort())
        } else if (this.#core.isClosed) break
        else await this.#core.arrival(late.signal).catch(() => undefined)
      }
      if (this.#core.isClosed) await this.#core.close()
      return records
    } finally {
      timer?.cancel()
    }
  }
}
