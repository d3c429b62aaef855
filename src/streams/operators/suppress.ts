/**
 * Holds changes of a table back: of each key only the newest goes on, so long after the first of
 * those that were held, by the time of the records.
 */

import type { Codecs } from '../stores/codec.ts'
import { Changes, StreamTime, type OperatorState } from '../stores/operator-state.ts'
import { storeKey, type StoreKey } from '../stores/store-key.ts'
import { TimeQueue, type Timed } from '../stores/time-queue.ts'
import {
  Processor,
  goOnWithout,
  type OperatorContext,
  type TableRow,
  type TableView,
} from './operator.ts'

/** `timestamp` is that of the first change that was held. */
interface Held extends Timed {
  readonly key: unknown
  readonly id: StoreKey
  value: unknown
  newest: number
  /** What went on before. */
  readonly previous: unknown
}

export class Suppress extends Processor {
  /** The table as it is for those behind: without what is held. */
  readonly view: TableView = {
    get: (key, asOf) => {
      const held = this.#byKey.get(storeKey(key))
      return held ? rowBefore(held) : this.#upstream.get(key, asOf)
    },
    forEach: (visit) => {
      this.#upstream.forEach?.((row) => !this.#byKey.has(storeKey(row.key)) && visit(row))
      for (const held of this.#byKey.values()) {
        const row = rowBefore(held)
        if (row) visit({ ...row, key: held.key })
      }
    },
  }
  readonly #upstream: TableView
  readonly #holdMs: number
  readonly #codecs: Codecs
  readonly #context: OperatorContext
  readonly #byKey = new Map<StoreKey, Held>()
  readonly #inOrder = new TimeQueue<Held>()
  readonly #time = new StreamTime()
  readonly #changes = new Changes<Held>()
  readonly state: OperatorState = this.#time.with({
    drain: (write) => {
      const { key: keys, value: values } = this.#codecs
      this.#changes.drain(({ key, value, timestamp, newest, previous }, isThere) => {
        const packed = { value: values.pack(value), previous: values.pack(previous) }
        write(['held', keys.pack(key)], isThere ? { ...packed, timestamp, newest } : undefined)
      })
    },
    restore: (key, entry) => this.#restore(key, entry),
  })

  constructor(holdMs: number, upstream: TableView, codecs: Codecs, context: OperatorContext) {
    super()
    this.#context = context
    this.#codecs = codecs
    this.#holdMs = holdMs
    this.#upstream = upstream
  }

  receive(key: unknown, value: unknown, timestamp: number, previous: unknown): void {
    this.#time.observe(timestamp)
    const id = storeKey(key)
    const held = this.#byKey.get(id)
    if (held) {
      held.value = value
      held.newest = timestamp
      this.#changes.noted(held)
    } else {
      // Time does not go by one in nanoseconds: it would be held for ever.
      const isOfClock = timestamp <= Number.MAX_SAFE_INTEGER
      const sinceMs = isOfClock ? timestamp : Math.max(0, this.#time.now)
      const first = { key, id, value, timestamp: sinceMs, newest: timestamp, previous }
      this.#byKey.set(id, first)
      this.#inOrder.push(first)
      this.#changes.added(first)
    }
    this.#release()
  }

  advance(timestamp: number): void {
    this.#time.advance(timestamp)
    this.#release()
  }

  #restore(entryKey: readonly unknown[], entry: unknown): void {
    const { key: keys, value: values } = this.#codecs
    const key = keys.unpack(entryKey[1])
    const facts = entry as Pick<Held, 'timestamp' | 'newest'> & Partial<Held>
    const value = values.unpack(facts.value)
    const previous = values.unpack(facts.previous)
    const held = { ...facts, value, previous, key, id: storeKey(key) }
    this.#byKey.set(held.id, held)
    this.#inOrder.restore(held)
  }

  #release(): void {
    while (this.#inOrder.first && this.#inOrder.first.timestamp + this.#holdMs <= this.#time.now) {
      const held = this.#inOrder.shift()!
      const { key, id, value, newest, previous } = held
      this.#byKey.delete(id)
      this.#changes.gone(held)
      if (value === undefined && previous === undefined) continue
      try {
        this.next.receive(key, value, newest, previous)
      } catch (error) {
        goOnWithout(error, this.#context)
      }
    }
  }
}

/** Of what went on before, nobody says any more when that was. */
function rowBefore({ previous }: Held): TableRow | undefined {
  return previous === undefined ? undefined : { value: previous, timestamp: -1 }
}
