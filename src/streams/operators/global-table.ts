/** A table that every task sees whole. Its rows are read and kept by whoever runs the tasks. */

import { storeKey, type StoreKey } from '../stores/store-key.ts'
import { nobody, type Operator, type Receiver, type TableRow, type TableView } from './operator.ts'

export class GlobalTable implements Operator {
  readonly inputs: readonly Receiver[] = []
  readonly view: TableView
  next: Receiver = nobody

  constructor(rows: TableView) {
    this.view = rows
  }
}

/** The rows of a global table: the newest value of each key. */
export class GlobalRows implements TableView {
  readonly #rows = new Map<StoreKey, TableRow & { readonly key: unknown }>()

  get(key: unknown): TableRow | undefined {
    return this.#rows.get(storeKey(key))
  }

  /** Takes a record of the topic; one without a value deletes its key. */
  put(key: unknown, value: unknown, timestamp: number): void {
    if (key === null || key === undefined) return
    const id = storeKey(key)
    if (value === null || value === undefined) this.#rows.delete(id)
    else this.#rows.set(id, { key, value, timestamp })
  }

  rows(): Iterable<TableRow & { readonly key: unknown }> {
    return this.#rows.values()
  }
}
