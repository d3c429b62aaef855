/**
 * Holds changes of a table back: of each key only the newest goes on, so long after the first of
 * those that were held, by the time of the records.
 */

import { storeKey, type StoreKey } from '../stores/store-key.ts'
import { TimeQueue, type Timed } from '../stores/time-queue.ts'
import { Processor, type TableView } from './operator.ts'

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
  readonly view: TableView
  readonly #holdMs: number
  readonly #byKey = new Map<StoreKey, Held>()
  readonly #inOrder = new TimeQueue<Held>()
  #streamTime = -Infinity

  constructor(holdMs: number, upstream: TableView) {
    super()
    this.#holdMs = holdMs
    this.view = upstream
  }

  receive(key: unknown, value: unknown, timestamp: number, previous: unknown): void {
    if (timestamp > this.#streamTime) this.#streamTime = timestamp
    const id = storeKey(key)
    const held = this.#byKey.get(id)
    if (held) {
      held.value = value
      held.newest = timestamp
    } else {
      const first = { key, id, value, timestamp, newest: timestamp, previous }
      this.#byKey.set(id, first)
      this.#inOrder.push(first)
    }
    this.#release()
  }

  advance(timestamp: number): void {
    if (timestamp > this.#streamTime) this.#streamTime = timestamp
    this.#release()
  }

  #release(): void {
    while (
      this.#inOrder.first &&
      this.#inOrder.first.timestamp + this.#holdMs <= this.#streamTime
    ) {
      const { key, id, value, newest, previous } = this.#inOrder.shift()!
      this.#byKey.delete(id)
      if (value === undefined && previous === undefined) continue
      this.next.receive(key, value, newest, previous)
    }
  }
}
