/** `Batch`: records several at a time, and how they are collected for it. */

import type { Timer } from '../../runtime/runtime.ts'
import type { KafkaRecord } from '../record/kafka-record.ts'
import type { OperationOptions } from '../settings/kafka-options.ts'
import type { AssignedPartition } from './assigned-partition.ts'
import type { ConsumerCore } from './consumer-core.ts'

export interface BatchOptions {
  readonly batchSize: number
  /** How long a batch that is not full waits for more, from its first record on. */
  readonly batchTimeoutMs: number
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

/** Collects batches, one after the other. */
export class BatchCollector<Value, Key> {
  readonly #core: ConsumerCore<Value, Key>
  readonly #options: BatchOptions
  /** What came after the records of the last batch, and is to be told. */
  #failure: { readonly error: unknown } | undefined

  constructor(core: ConsumerCore<Value, Key>, options: BatchOptions) {
    this.#core = core
    this.#options = options
  }

  /** Returns a batch; none once the consumer is closed. */
  async next(): Promise<Batch<Value, Key> | undefined> {
    const failure = this.#failure
    this.#failure = undefined
    if (failure) throw failure.error
    const records = await this.#collect()
    if (!this.#core.isClosed) return new Batch(records)
    // What was collected is for whoever has the partitions now. It may be closed since it failed.
    this.#core.take()
    await this.#core.close()
    return undefined
  }

  /** Returns at least one record, unless the consumer is closed. */
  async #collect(): Promise<KafkaRecord<Value, Key>[]> {
    const core = this.#core
    const { batchSize, batchTimeoutMs } = this.#options
    const records: KafkaRecord<Value, Key>[] = []
    const partitions = new Set<AssignedPartition>()
    let late: AbortController | undefined
    let timer: Timer | undefined
    const untilLate = (): AbortSignal | undefined => {
      if (records.length === 0 || late) return late?.signal
      // Nothing was waited for since the first record, so that its time begins now.
      const controller = new AbortController()
      late = controller
      timer = core.clock.after(batchTimeoutMs, () => controller.abort())
      return controller.signal
    }
    try {
      while (records.length < batchSize && !late?.signal.aborted) {
        const record = core.take()
        if (record) {
          records.push(record)
          partitions.add(core.inHand.last!.partition)
        } else if (core.isClosed || [...partitions].some(isLeaving)) break
        else await core.arrival(untilLate()).catch(() => undefined)
      }
    } catch (error) {
      if (records.length === 0 || core.isClosed) throw error
      this.#failure = { error }
    } finally {
      timer?.cancel()
    }
    return records
  }
}

/** Whether another member waits until what there is of it is dealt with. */
function isLeaving({ state }: AssignedPartition): boolean {
  return state !== 'owned'
}
