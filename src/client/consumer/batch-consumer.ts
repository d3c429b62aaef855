/** `BatchConsumer`: records several at a time. */

import type { Duration } from '../failure/duration.ts'
import type { Batch, BatchCollector, BatchOptions } from './batch.ts'
import type { ConsumerCore } from './consumer-core.ts'
import type { ConsumerConfig } from './consumer-options.ts'
import { RecordStream } from './record-stream.ts'
import type { StreamIterator } from './stream-iterator.ts'

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

const done = Object.freeze({ done: true, value: undefined })

/** As `Consumer`, with batches for records. */
export class BatchConsumer<Value = unknown, Key = string> extends RecordStream<Batch<Value, Key>> {
  readonly #core: ConsumerCore<Value, Key>
  readonly #options: BatchOptions
  /** There once it is needed; asking for the module each time would take longer than it. */
  #collector: BatchCollector<Value, Key> | undefined

  constructor(core: ConsumerCore<Value, Key>, options: BatchOptions) {
    super()
    this.#core = core
    this.#options = options
  }

  [Symbol.asyncIterator](): StreamIterator<Batch<Value, Key>> {
    return {
      next: async () => {
        this.#core.inHand.processedAll()
        this.#collector ??= await this.#newCollector()
        const value = await this.#collector.next()
        return value ? { done: false, value } : done
      },
      return: (leaving) => this.#core.leave(leaving),
    }
  }

  /** Commits and gives the partitions back, as `Consumer.close`. */
  close(): Promise<void> {
    return this.#core.close()
  }

  async #newCollector(): Promise<BatchCollector<Value, Key>> {
    const { BatchCollector } = await import('./batch.ts')
    return new BatchCollector(this.#core, this.#options)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}
