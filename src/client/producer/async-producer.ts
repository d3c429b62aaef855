/** `AsyncProducer`: sends without waiting, and reports what became of each record. */

import type { Logger } from '../../runtime/runtime.ts'
import type { OperationOptions } from '../settings/kafka-options.ts'
import type { RecordMetadata } from './accumulator.ts'
import type { Message, Producer, RecordOptions } from './producer.ts'

/** What became of a record: its place, or why it has none. */
export type DeliveryReport<Value, Key = string> =
  | {
      readonly record: Message<Value, Key>
      readonly partition: number
      readonly offset: number
      readonly error?: undefined
    }
  | { readonly record: Message<Value, Key>; readonly error: Error }

/** Reports that may wait to be read; of more than these the oldest are dropped. */
const reportsMax = 10_000

/**
 * A producer that never makes the program wait: what became of each record is in `reports()`. Where
 * the broker cannot follow, records pile up in memory; `flush()` waits for it.
 */
export class AsyncProducer<Value = unknown, Key = string> {
  readonly #producer: Producer<Value, Key>
  readonly #logger: Logger
  readonly #reports: DeliveryReport<Value, Key>[] = []
  #isDropping = false
  #unsettled = 0
  #isClosed = false
  #change: PromiseWithResolvers<void> | undefined

  constructor(producer: Producer<Value, Key>, logger: Logger) {
    this.#producer = producer
    this.#logger = logger
  }

  /** The topic that it sends to. */
  get topic(): string {
    return this.#producer.topic
  }

  /**
   * Sends a record. What is returned may be waited for, or ignored: where it is rejected and nobody
   * looks, the report is what tells.
   */
  send(value: Value | null, options: RecordOptions<Key> = {}): Promise<RecordMetadata> {
    const record = { value, ...options }
    this.#unsettled++
    const sent = this.#producer.send(value, options)
    sent.then(
      ({ partition, offset }) => this.#report({ record, partition, offset }),
      (error: Error) => this.#report({ record, error }),
    )
    return sent
  }

  /**
   * Gives a report for each record, in the order in which they come in; ends once the producer is
   * closed. Iterating several times at once shares the reports out. Up to 10,000 wait to be read;
   * then the oldest are dropped, with a warning in the log.
   */
  async *reports(): AsyncGenerator<DeliveryReport<Value, Key>, void, undefined> {
    for (;;) {
      const report = this.#reports.shift()
      if (report) yield report
      else if (this.#isClosed && this.#unsettled === 0) return
      else {
        this.#change ??= Promise.withResolvers<void>()
        await this.#change.promise
      }
    }
  }

  /**
   * Sends what still waits to share a batch; resolves when all records sent so far are settled. Who
   * gives that up, by a `timeout` or a `signal`, does not give up the records.
   */
  flush(options: OperationOptions = {}): Promise<void> {
    return this.#producer.flush(options)
  }

  /**
   * Sends what is left, as `flush` does, and refuses what comes after; there are no more reports
   * once all records are settled.
   */
  async close(options: OperationOptions = {}): Promise<void> {
    this.#isClosed = true
    try {
      await this.#producer.close(options)
    } finally {
      this.#changed()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #report(report: DeliveryReport<Value, Key>): void {
    this.#unsettled--
    this.#reports.push(report)
    if (this.#reports.length > reportsMax) {
      this.#reports.shift()
      if (!this.#isDropping) {
        this.#isDropping = true
        this.#logger.warn('nobody reads delivery reports: the oldest are dropped', {
          topic: this.topic,
        })
      }
    }
    this.#changed()
  }

  #changed(): void {
    this.#change?.resolve()
    this.#change = undefined
  }
}
