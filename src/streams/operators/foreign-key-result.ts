/**
 * Makes the results of a join by a foreign key, of the rows that name others and of the answers to
 * what they asked. An answer to what a row was before is left out.
 */

import type { Codec, Codecs } from '../stores/codec.ts'
import { KeyValueStore } from '../stores/key-value-store.ts'
import type { OperatorState } from '../stores/operator-state.ts'
import { versionOf, type Answer } from './foreign-key-messages.ts'
import { nobody, type Operator, type Receiver, type TableView } from './operator.ts'
import type { RecordFunction } from './stateless.ts'

export interface ForeignKeyResultOptions {
  readonly type: 'inner' | 'left'
  readonly left: TableView
  readonly foreignKeyOf: RecordFunction
  readonly select: (left: unknown, right: unknown, key: unknown) => unknown
  /** That of the values of the left table. */
  readonly rows: Codec
  /** Those of the results. */
  readonly codecs: Codecs
}

export class ForeignKeyResult implements Operator {
  readonly inputs: readonly Receiver[]
  readonly view: TableView
  readonly state: OperatorState
  next: Receiver = nobody
  readonly #options: ForeignKeyResultOptions
  readonly #results: KeyValueStore

  constructor(options: ForeignKeyResultOptions) {
    this.#options = options
    this.#results = new KeyValueStore({ codecs: options.codecs })
    this.view = this.#results
    this.state = this.#results
    this.inputs = [
      { receive: (key, value, timestamp) => this.#changed(key, value, timestamp) },
      { receive: (key, answer, timestamp) => this.#answered(key, answer as Answer, timestamp) },
    ]
  }

  /** Where a row is gone, or names nothing, there is nothing to wait for. */
  #changed(key: unknown, value: unknown, timestamp: number): void {
    const { type, foreignKeyOf, select } = this.#options
    if (value === undefined) return this.#settle(key, undefined, timestamp)
    if ((foreignKeyOf(value, key) ?? undefined) !== undefined) return
    this.#settle(key, type === 'left' ? select(value, undefined, key) : undefined, timestamp)
  }

  #answered(key: unknown, { version, row }: Answer, timestamp: number): void {
    const { type, left, select, rows } = this.#options
    const asking = left.get(key)
    if (!asking || versionOf(asking.value, rows) !== version) return
    const hasResult = row !== undefined || type === 'left'
    const result = hasResult ? select(asking.value, row, key) : undefined
    this.#settle(key, result, Math.max(timestamp, asking.timestamp))
  }

  /** What is made `null` is no row. */
  #settle(key: unknown, made: unknown, timestamp: number): void {
    const result = made ?? undefined
    const previous = this.#results.get(key)?.value
    if (result === undefined && previous === undefined) return
    if (result === undefined) this.#results.delete(key)
    else this.#results.put(key, result, timestamp)
    this.next.receive(key, result, timestamp, previous)
  }
}
