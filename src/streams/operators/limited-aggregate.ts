/**
 * An aggregate that forgets: rows that no record has changed for a while, by the time of the
 * records, and the oldest rows where there are too many. What is forgotten is deleted downstream.
 */

import type { Codecs } from '../stores/codec.ts'
import { StreamTime, type OperatorState } from '../stores/operator-state.ts'
import { storeKey, type StoreKey } from '../stores/store-key.ts'
import { TimeQueue, type Timed } from '../stores/time-queue.ts'
import { Aggregate } from './aggregate.ts'
import type { Aggregation } from './aggregation.ts'
import { goOnWithout, isDropped, type OperatorContext } from './operator.ts'

export interface RowLimits {
  /** So long after the newest of its records a row is deleted. */
  readonly ttlMs: number
  readonly keysMax: number
}

interface Tracked extends Timed {
  readonly id: StoreKey
  readonly key: unknown
}

export class LimitedAggregate extends Aggregate {
  readonly #limits: RowLimits
  readonly #codecs: Codecs
  readonly #context: OperatorContext
  readonly #time = new StreamTime()
  /** Each row once, by a time at which it was not newer than it is now. */
  readonly #queue = new TimeQueue<Tracked>()
  readonly #tracked = new Map<StoreKey, Tracked>()
  override readonly state: OperatorState = this.#time.with({
    drain: (write) => {
      this.store.drain(([key], value) => write(['row', key], value))
    },
    restore: (entryKey, value) => {
      const [, key] = entryKey
      this.store.restore([key], value)
      this.#track(this.#codecs.key.unpack(key))
    },
  })

  constructor(
    aggregation: Aggregation,
    limits: RowLimits,
    context: OperatorContext,
    codecs: Codecs,
  ) {
    super(aggregation, context, codecs)
    this.#codecs = codecs
    this.#limits = limits
    this.#context = context
  }

  override receive(key: unknown, value: unknown, timestamp: number): void {
    if (isDropped(this.#context, key, value, timestamp)) return
    this.#time.observe(timestamp)
    const isLate = timestamp + this.#limits.ttlMs <= this.#time.now
    if (isLate && !this.store.get(key)) {
      return this.#context.late({ key, value, timestamp, streamTime: this.#time.now })
    }
    try {
      super.receive(key, value, timestamp)
    } finally {
      // Where its result fails the row is there all the same.
      this.#track(key)
    }
    this.#forget()
  }

  advance(timestamp: number): void {
    this.#time.advance(timestamp)
    this.#forget()
  }

  #track(key: unknown): void {
    const id = storeKey(key)
    const row = this.store.get(key)
    if (!row) this.#tracked.delete(id)
    else if (!this.#tracked.has(id)) this.#queueAt({ id, key, timestamp: row.timestamp })
  }

  #queueAt(tracked: Tracked): void {
    this.#tracked.set(tracked.id, tracked)
    this.#queue.push(tracked)
  }

  #forget(): void {
    const { ttlMs, keysMax } = this.#limits
    for (;;) {
      const { first } = this.#queue
      const isOver = first !== undefined && first.timestamp + ttlMs <= this.#time.now
      if (!first || !(isOver || this.#tracked.size > keysMax)) return
      this.#queue.shift()
      // It may be gone, or have come anew since it was queued.
      if (this.#tracked.get(first.id) !== first) continue
      const row = this.store.get(first.key)!
      if (row.timestamp > first.timestamp) {
        this.#queueAt({ ...first, timestamp: row.timestamp })
        continue
      }
      this.#tracked.delete(first.id)
      this.store.delete(first.key)
      try {
        this.next.receive(first.key, undefined, row.timestamp, row.value)
      } catch (error) {
        goOnWithout(error, this.#context)
      }
    }
  }
}
