/** Answers those who name rows of a table with the rows: at once, and whenever they change. */

import type { Codec } from '../stores/codec.ts'
import { Changes, type OperatorState } from '../stores/operator-state.ts'
import { storeKey, type StoreKey } from '../stores/store-key.ts'
import type { Answer, Subscription } from './foreign-key-messages.ts'
import { nobody, type Operator, type Receiver, type TableView } from './operator.ts'

interface Subscriber extends Subscription {
  readonly foreignKey: unknown
  readonly version: number
}

/** Those of the keys of both tables. */
export interface ForeignKeyCodecs {
  readonly left: Codec
  readonly right: Codec
}

export class ForeignKeyAnswer implements Operator {
  readonly inputs: readonly Receiver[]
  next: Receiver = nobody
  readonly #rows: TableView
  readonly #keys: ForeignKeyCodecs
  /** For each row those who name it, by their keys. */
  readonly #subscribers = new Map<StoreKey, Map<StoreKey, Subscriber>>()
  readonly #changes = new Changes<Subscriber>()
  readonly state: OperatorState = {
    drain: (write) => {
      this.#changes.drain(({ foreignKey, key, version, partition }, isThere) => {
        const entryKey = [this.#keys.right.pack(foreignKey), this.#keys.left.pack(key)]
        write(entryKey, isThere ? [version, partition] : undefined)
      })
    },
    restore: ([foreignKey, key], entry) => {
      const [version, partition] = entry as [number, number]
      const { left, right } = this.#keys
      this.#add({
        foreignKey: right.unpack(foreignKey),
        key: left.unpack(key),
        version,
        partition,
      })
    },
  }

  constructor(rows: TableView, keys: ForeignKeyCodecs) {
    this.#rows = rows
    this.#keys = keys
    this.inputs = [
      {
        receive: (foreignKey, subscription, timestamp) =>
          this.#subscribed(foreignKey, subscription as Subscription, timestamp),
      },
      {
        receive: (foreignKey, row, timestamp) => {
          for (const subscriber of this.#subscribers.get(storeKey(foreignKey))?.values() ?? []) {
            this.#answer(subscriber, row, timestamp)
          }
        },
      },
    ]
  }

  #subscribed(foreignKey: unknown, { version, ...facts }: Subscription, timestamp: number): void {
    const id = storeKey(foreignKey)
    const known = this.#subscribers.get(id)?.get(storeKey(facts.key))
    if (known) this.#remove(known)
    if (version === undefined) return
    const subscriber = { ...facts, foreignKey, version }
    this.#add(subscriber)
    this.#changes.noted(subscriber)
    const row = this.#rows.get(foreignKey)
    this.#answer(subscriber, row?.value, row ? Math.max(row.timestamp, timestamp) : timestamp)
  }

  #add(subscriber: Subscriber): void {
    const id = storeKey(subscriber.foreignKey)
    const subscribers = this.#subscribers.get(id) ?? new Map<StoreKey, Subscriber>()
    subscribers.set(storeKey(subscriber.key), subscriber)
    this.#subscribers.set(id, subscribers)
  }

  #remove(subscriber: Subscriber): void {
    const id = storeKey(subscriber.foreignKey)
    const subscribers = this.#subscribers.get(id)!
    subscribers.delete(storeKey(subscriber.key))
    if (subscribers.size === 0) this.#subscribers.delete(id)
    this.#changes.gone(subscriber)
  }

  #answer({ key, version, partition }: Subscriber, row: unknown, timestamp: number): void {
    const answer: Answer = { partition, version, ...(row === undefined ? {} : { row }) }
    this.next.receive(key, answer, timestamp, undefined)
  }
}
