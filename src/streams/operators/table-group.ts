/**
 * Aggregates of the rows of a table, by another key than their own: a row that changes is taken out
 * of the group that it was in, and added to the one that it is in now.
 */

import { copyOf, type Codec, type Codecs } from '../stores/codec.ts'
import { KeyValueStore } from '../stores/key-value-store.ts'
import { storeKey } from '../stores/store-key.ts'
import type { OperatorState } from '../stores/operator-state.ts'
import type { Aggregation } from './aggregation.ts'
import { Processor, type OperatorContext, type TableView } from './operator.ts'
import type { RecordFunction } from './stateless.ts'

/** What becomes of a group. With several partitions it goes through a topic. */
interface GroupChange {
  readonly remove?: unknown
  readonly add?: unknown
}

/** Says for each row that changes what becomes of its groups: first of that which it was in. */
export class TableRegroup extends Processor {
  readonly #groupOf: RecordFunction
  readonly #context: OperatorContext

  constructor(groupOf: RecordFunction, context: OperatorContext) {
    super()
    this.#groupOf = groupOf
    this.#context = context
  }

  receive(key: unknown, value: unknown, timestamp: number, previous: unknown): void {
    const from = previous === undefined ? undefined : this.#groupOf(previous, key)
    const to = value === undefined ? undefined : this.#groupOf(value, key)
    const isInFrom = from !== undefined && from !== null
    const isInTo = to !== undefined && to !== null
    if (value !== undefined && !isInTo) this.#context.drop('no key', key, value, timestamp)
    if (isInFrom && isInTo && storeKey(from) === storeKey(to)) {
      return this.#change(from, { remove: previous, add: value }, timestamp)
    }
    if (isInFrom) this.#change(from, { remove: previous }, timestamp)
    if (isInTo) this.#change(to, { add: value }, timestamp)
  }

  #change(group: unknown, change: GroupChange, timestamp: number): void {
    this.next.receive(group, change, timestamp, undefined)
  }
}

/** Keeps the aggregate of each group. */
export class TableGroup extends Processor {
  readonly view: TableView
  readonly state: OperatorState
  readonly #aggregation: Aggregation
  readonly #store: KeyValueStore
  readonly #values: Codec

  constructor(aggregation: Aggregation, codecs: Codecs) {
    super()
    this.#values = codecs.value
    this.#store = new KeyValueStore({ codecs })
    this.#aggregation = aggregation
    this.view = this.#store
    this.state = this.#store
  }

  receive(group: unknown, change: unknown, timestamp: number): void {
    const { add, remove } = change as GroupChange
    const row = this.#store.get(group)
    const previous = row?.value
    // The program may change what it is given, and return that.
    let aggregate = this.next.isDone ? previous : copyOf(previous, this.#values)
    if (remove !== undefined && row) {
      aggregate = this.#aggregation.subtract!(aggregate, remove, group)
    }
    if (add !== undefined) {
      aggregate =
        aggregate === undefined || aggregate === null
          ? this.#aggregation.first(add, group)
          : this.#aggregation.add(aggregate, add, group)
    }
    const newest = row ? Math.max(row.timestamp, timestamp) : timestamp
    if (aggregate === undefined || aggregate === null) {
      this.#store.delete(group)
      if (previous !== undefined) this.next.receive(group, undefined, newest, previous)
      return
    }
    this.#store.put(group, aggregate, newest)
    this.next.receive(group, aggregate, newest, previous)
  }
}
