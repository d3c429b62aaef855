/** `BatchConsumer`: records several at a time. */

import type { Duration } from '../failure/duration.ts'
import type { Batch, BatchOptions } from './batch.ts'
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
  /** Loaded once it is needed; asking for the module again each time would take longer than it. */
  #collect: typeof import('./batch.ts').collectBatch | undefined

  constructor(core: ConsumerCore<Value, Key>, options: BatchOptions) {
    super()
    this.#core = core
    this.#options = options
  }

  [Symbol.asyncIterator](): StreamIterator<Batch<Value, Key>> {
    return {
      next: async () => {
        this.#core.inHand.processedAll()
        this.#collect ??= (await import('./batch.ts')).collectBatch
        const value = await this.#collect(this.#core, this.#options)
        return value ? { done: false, value } : done
      },
      return: (leaving) => this.#core.leave(leaving),
    }
  }

  /** Commits and gives the partitions back, as `Consumer.close`. */
  close(): Promise<void> {
    return this.#core.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}
