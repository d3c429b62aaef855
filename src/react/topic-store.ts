/**
 * What a component sees of a topic: its newest records, and how the reading of them goes. A store
 * reads while somebody listens to it, and goes on where it was when they come back.
 */

import type { ConsumerStatus } from '../client/consumer/consumer-status.ts'
import type { Consumer } from '../client/consumer/consumer.ts'
import { KafkaError } from '../client/failure/errors.ts'
import type { KafkaRecord } from '../client/record/kafka-record.ts'
import type { Clock, GiveWay, Timer } from '../runtime/runtime.ts'

/** What there is to show of a topic. */
export interface TopicState<Value, Key> {
  /** The newest records, oldest first; at most `limit`. */
  readonly records: readonly KafkaRecord<Value, Key>[]
  /** The newest record of all. */
  readonly latest: KafkaRecord<Value, Key> | undefined
  /** How many records have come so far, those included that are no longer kept. */
  readonly receivedCount: number
  /** How the reading goes. */
  readonly status: ConsumerStatus
  /** What ended the reading. */
  readonly error: Error | undefined
  /** Whether it reads no further for now. */
  readonly isPaused: boolean
}

export interface TopicStoreParts<Value, Key> {
  /** Opens a consumer; called anew whenever the reading begins. */
  readonly open: () => Consumer<Value, Key>
  /** Whether the group, if there is one, remembers how far the reading has come. */
  readonly isInGroup: boolean
  readonly limit: number
  /** Waited for, for each record. */
  readonly onRecord: (record: KafkaRecord<Value, Key>) => unknown
  readonly clock: Clock
  readonly giveWay: GiveWay
}

/** Records that come within one frame of a screen are shown together. */
const refreshMs = 16

/** Then the page has its turn, however many more are there. */
const recordsPerTurn = 256

/** What a component sees before anything is read, and on a server. */
export const initialState: TopicState<never, never> = Object.freeze({
  records: Object.freeze([]) as readonly never[],
  latest: undefined,
  receivedCount: 0,
  status: 'connecting',
  error: undefined,
  isPaused: false,
})

export class TopicStore<Value, Key> {
  readonly #parts: TopicStoreParts<Value, Key>
  readonly #listeners = new Set<() => void>()
  #state: TopicState<Value, Key> = initialState
  /** The records kept, and some before them that are let go now and then. */
  #records: KafkaRecord<Value, Key>[] = []
  #receivedCount = 0
  #consumer: Consumer<Value, Key> | undefined
  #refresh: Timer | undefined
  /** Where to go on, by topic and partition. */
  readonly #next = new Map<string, { topic: string; partition: number; offset: number }>()

  constructor(parts: TopicStoreParts<Value, Key>) {
    this.#parts = parts
  }

  /** Returns the same object until something has changed. */
  readonly snapshot = (): TopicState<Value, Key> => this.#state

  /** Reads from now on, until nobody listens any more. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    if (!this.#consumer && !this.#state.error) this.#start()
    return () => {
      this.#listeners.delete(listener)
      // In development React takes each listener away once and brings it back at once. That is no
      // reason to leave a group and to join it again.
      queueMicrotask(() => {
        if (this.#listeners.size === 0) this.#stop()
      })
    }
  }

  /** Reads no further for now. The consumer stays in its group. */
  readonly pause = (): void => {
    this.#consumer?.pause()
    this.#publish({ isPaused: true })
  }

  readonly resume = (): void => {
    this.#consumer?.resume()
    this.#publish({ isPaused: false })
  }

  /** Forgets the records that are kept. */
  readonly clear = (): void => {
    this.#records = []
    this.#publish({})
  }

  /** Begins anew after an error, where the reading has ended. */
  readonly retry = (): void => {
    if (this.#state.error && this.#listeners.size > 0) this.#start()
  }

  #start(): void {
    this.#publish({ status: 'connecting', error: undefined })
    let consumer: Consumer<Value, Key>
    try {
      consumer = this.#parts.open()
    } catch (error) {
      return this.#publish({ status: 'closed', error: error as Error })
    }
    this.#consumer = consumer
    if (this.#state.isPaused) consumer.pause()
    consumer.onStatus((status) => {
      if (this.#consumer === consumer) this.#publish({ status })
    })
    void this.#read(consumer)
  }

  #stop(): void {
    const consumer = this.#consumer
    this.#consumer = undefined
    this.#refresh?.cancel()
    this.#refresh = undefined
    if (consumer) this.#remember(consumer)
    void consumer?.close()
  }

  /** Where nothing was read yet, it goes on where it would have begun. */
  #remember(consumer: Consumer<Value, Key>): void {
    for (const { topic, partition, position: offset } of consumer.positions()) {
      const name = `${topic}/${partition}`
      // It is -1 while nobody leads the partition: then there is no place to keep.
      if (offset >= 0 && !this.#next.has(name)) this.#next.set(name, { topic, partition, offset })
    }
  }

  async #read(consumer: Consumer<Value, Key>): Promise<void> {
    let error: unknown
    let taken = 0
    try {
      if (!this.#parts.isInGroup) {
        for (const place of this.#next.values()) await consumer.seek(place)
      }
      for await (const record of consumer) {
        // Not behind a record: the consumer takes it for processed once it is asked for the next.
        if (++taken % recordsPerTurn === 0) await this.#giveWay()
        if (this.#consumer !== consumer) return
        await this.#parts.onRecord(record)
        // Whoever reads now has it once more: to this one, nothing is to be added.
        if (this.#consumer !== consumer) return
        this.#add(record)
      }
    } catch (cause) {
      error = cause
    }
    if (this.#consumer !== consumer) return
    this.#consumer = undefined
    // Where records are gone that were to be read next, the beginning is as good as any place.
    if (KafkaError.is(error) && error.code === 'offset_out_of_range') this.#next.clear()
    this.#publish({ status: 'closed', error: error as Error | undefined })
  }

  #add(record: KafkaRecord<Value, Key>): void {
    const { topic, partition, offset } = record
    this.#next.set(`${topic}/${partition}`, { topic, partition, offset: offset + 1 })
    this.#receivedCount++
    this.#records.push(record)
    const { limit, clock } = this.#parts
    // No more than that, as each may be large, or the last of a batch that is.
    if (this.#records.length >= 2 * limit) this.#records = this.#records.slice(-limit)
    this.#refresh ??= clock.after(refreshMs, () => this.#publish({}))
  }

  #publish(change: Partial<TopicState<Value, Key>>): void {
    this.#refresh?.cancel()
    this.#refresh = undefined
    const received = this.#receivedCount - this.#state.receivedCount
    const records = this.#records.slice(-this.#parts.limit)
    this.#state = {
      ...this.#state,
      records: received > 0 || records.length === 0 ? records : this.#state.records,
      latest: records.at(-1) ?? this.#state.latest,
      receivedCount: this.#receivedCount,
      ...change,
    }
    for (const listener of this.#listeners) listener()
  }

  #giveWay(): Promise<void> {
    return new Promise((resolve) => {
      this.#parts.giveWay(resolve)
    })
  }
}
