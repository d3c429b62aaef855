/** An aggregate of all records of each key: a table that every record changes. */

import { copyOf, type Codec, type Codecs } from '../stores/codec.ts'
import { KeyValueStore } from '../stores/key-value-store.ts'
import type { OperatorState } from '../stores/operator-state.ts'
import type { Aggregation } from './aggregation.ts'
import { Processor, isDropped, type OperatorContext, type TableView } from './operator.ts'

export class Aggregate extends Processor {
  readonly view: TableView
  readonly state: OperatorState
  readonly #aggregation: Aggregation
  readonly #context: OperatorContext
  readonly #values: Codec
  protected readonly store: KeyValueStore

  constructor(aggregation: Aggregation, context: OperatorContext, codecs: Codecs) {
    super()
    this.store = new KeyValueStore({ codecs })
    this.#values = codecs.value
    this.#aggregation = aggregation
    this.#context = context
    this.view = this.store
    this.state = this.store
  }

  receive(key: unknown, value: unknown, timestamp: number): void {
    if (isDropped(this.#context, key, value, timestamp)) return
    const row = this.store.get(key)
    const previous = row?.value
    const aggregate = row
      ? this.#aggregation.add(this.#given(previous), value, key)
      : this.#aggregation.first(value, key)
    const newest = row ? Math.max(row.timestamp, timestamp) : timestamp
    if (aggregate === null || aggregate === undefined) {
      if (!row) return
      this.store.delete(key)
      this.next.receive(key, undefined, newest, previous)
      return
    }
    this.store.put(key, aggregate, newest)
    this.next.receive(key, aggregate, newest, previous)
  }

  /** The program may change what it is given, and return that. */
  #given(previous: unknown): unknown {
    return this.next.isDone ? previous : copyOf(previous, this.#values)
  }
}
