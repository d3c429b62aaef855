/** `Consumer`: the records of one or more topics, for `for await` and for lazy chains. */

import type { TopicPartition } from '../cluster/offset-lookup.ts'
import { abortable, withinLimits } from '../failure/deadline.ts'
import { durationMs } from '../failure/duration.ts'
import { InvalidOptionError } from '../failure/errors.ts'
import type { KafkaRecord } from '../record/kafka-record.ts'
import { toOffset, type OffsetInput } from '../record/offset.ts'
import { wholeNumber, type OperationOptions } from '../settings/kafka-options.ts'
import type { ConsumerPosition } from './assigned-partition.ts'
import { callHandler } from './call-handler.ts'
import type { ConsumerCore } from './consumer-core.ts'
import type { ConsumerStatus } from './consumer-status.ts'
import type { ProcessOptions, RecordHandler } from './process-options.ts'
import { RecordStream } from './record-stream.ts'
import type { StreamIterator } from './stream-iterator.ts'

/** A place to go on from. `topic` may be left out where there is only one, by name. */
export interface SeekTarget {
  /** The topic that the partition is of. @default the consumer's only topic */
  readonly topic?: string
  /** Its number, from 0. */
  readonly partition: number
  /** An offset, or a place that is looked up. */
  readonly offset: number | OffsetInput
}

const done = Object.freeze({ done: true, value: undefined })

/**
 * Reads records, and joins its group, once the first one is asked for. Iterating it several times
 * at once shares the records out, and whoever asks for the next one says of all that they are
 * processed: `process` tells them apart. Leaving a loop over it closes it.
 */
export class Consumer<Value = unknown, Key = string> extends RecordStream<KafkaRecord<Value, Key>> {
  readonly #core: ConsumerCore<Value, Key>

  constructor(core: ConsumerCore<Value, Key>) {
    super()
    this.#core = core
  }

  /**
   * Returns the next record, which may take for ever; `undefined` once the consumer is closed. The
   * record before counts as processed then.
   *
   * @throws TimeoutError where a `timeout` is given and over
   */
  next(options: OperationOptions = {}): Promise<KafkaRecord<Value, Key> | undefined> {
    const { signal, timeout } = options
    if (timeout === undefined) return this.#next(signal)
    const timeoutMs = durationMs('timeout', timeout)
    const limits = { action: 'get a record', clock: this.#core.clock, timeoutMs, signal }
    let next: ReturnType<typeof this.next> | undefined
    const limited = withinLimits(limits, (signal) => (next = this.#next(signal)))
    // A record that is taken as the time ends is not lost.
    return limited.catch((error: unknown) => next ?? Promise.reject(error as Error))
  }

  [Symbol.asyncIterator](): StreamIterator<KafkaRecord<Value, Key>> {
    return {
      next: () => {
        try {
          // Most of the time a record is there: then nothing has to be waited for.
          const value = this.#takeNext()
          if (value) return Promise.resolve({ done: false, value })
        } catch (error) {
          return Promise.reject(error)
        }
        return this.#waitForNext().then((value) => (value ? { done: false, value } : done))
      },
      return: (leaving) => this.#core.leave(leaving),
    }
  }

  /**
   * Runs `handler` for several records at a time, in order for those with the same key, until the
   * consumer is closed. One that fails is tried again, then goes to `deadLetter`. With a group,
   * what is processed is committed now and then, up to the first record that is not.
   *
   * @throws what a handler threw, where there is no `deadLetter`
   */
  async process(handler: RecordHandler<Value, Key>, options: ProcessOptions = {}): Promise<void> {
    const { RecordProcessor } = await import('./record-processor.ts')
    const processor = new RecordProcessor(this.#core, handler, options)
    await processor.run(options.signal)
  }

  override forEach(
    action: (record: KafkaRecord<Value, Key>) => unknown,
    options?: { readonly signal?: AbortSignal },
  ): Promise<void> {
    return super.forEach((record) => callHandler(this.#core, record, action), options)
  }

  /** How it is doing now. Nothing is connected before its first record is asked for. */
  get status(): ConsumerStatus {
    return this.#core.status.current
  }

  /**
   * Whether it has handed over all that there was when it last asked. It says so only once somebody
   * asks for the record after the last.
   */
  get isDrained(): boolean {
    return this.#core.isDrained
  }

  /** Calls `listener` with each status that comes from now on. Returns what ends that. */
  onStatus(listener: (status: ConsumerStatus) => void): () => void {
    return this.#core.status.listen(listener)
  }

  /** The partitions that are this consumer's now. */
  assignment(): TopicPartition[] {
    return this.#core.assignment()
  }

  /** How far it is in each of them; nothing is asked for it. */
  positions(): ConsumerPosition[] {
    return this.#core.positions()
  }

  /**
   * Holds back records of `partitions`, or of all, until `resume`: also where they become this
   * consumer's later. The group is not left. Records that `process` has taken already are still
   * handled, except after a `seek`.
   */
  pause(partitions?: readonly TopicPartition[]): void {
    this.#core.pause(partitions)
  }

  /** Goes on with `partitions`, or with all, that were held back. */
  resume(partitions?: readonly TopicPartition[]): void {
    this.#core.resume(partitions)
  }

  /**
   * Goes on from another place in a partition: now, or once it is this consumer's. With
   * `autoCommit`, that is also where its group goes on.
   */
  async seek({ topic, partition, offset }: SeekTarget): Promise<void> {
    const target =
      typeof offset === 'number' ? wholeNumber('offset', offset) : toOffset('offset', offset)
    await this.#core.seek({ topic: this.#topicOr(topic), partition }, target)
  }

  /**
   * Commits what was processed, with `autoCommit`, and gives the partitions back to the group. It
   * always settles; with `process` after the handlers that run, of which none is to wait for it.
   */
  close(): Promise<void> {
    return this.#core.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #topicOr(topic: string | undefined): string {
    const { topics } = this.#core
    const isPattern = topics instanceof RegExp
    const name = topic ?? (isPattern || topics[1] ? undefined : topics[0])
    if (name && (isPattern ? name.search(topics) >= 0 : topics.includes(name))) return name
    const expected = `one of ${String(topics)}`
    throw new InvalidOptionError({ option: 'topic', expected, actual: topic })
  }

  async #next(signal?: AbortSignal): Promise<KafkaRecord<Value, Key> | undefined> {
    return this.#takeNext() ?? this.#waitForNext(signal)
  }

  #takeNext(): KafkaRecord<Value, Key> | undefined {
    this.#core.inHand.processedAll()
    return this.#core.take()
  }

  async #waitForNext(signal?: AbortSignal): Promise<KafkaRecord<Value, Key> | undefined> {
    while (!this.#core.isClosed) {
      await this.#core.arrival(signal)
      const record = this.#core.take()
      if (record) return record
    }
    // It is over only once the partitions are given back.
    await abortable(this.#core.close(), signal)
    return undefined
  }
}
