/**
 * An aggregate of each key and window of time.
 *
 * A window is closed once time has reached its end and the grace after it; what comes for it then
 * is late. Results go on with every record (`update`), or once, when the window closes (`close`).
 */

import { Changes, type OperatorState } from '../stores/operator-state.ts'
import { storeKey, type StoreKey } from '../stores/store-key.ts'
import type { WindowView } from './operator.ts'
import type { TimeWindow, WindowedKey } from '../window.ts'
import { WindowedAggregate } from './windowed-aggregate.ts'

interface OpenWindow {
  readonly start: number
  readonly end: number
  readonly rows: Map<StoreKey, WindowRow>
}

interface WindowRow {
  readonly key: WindowedKey
  value: unknown
  timestamp: number
}

export class TimeWindowAggregate extends WindowedAggregate<TimeWindow> {
  /** In the order of their starts, and so of their ends. */
  readonly #open: OpenWindow[] = []
  readonly #changes = new Changes<WindowRow>()
  readonly state: OperatorState = this.time.with({
    drain: (write) => {
      this.#changes.drain(({ key: { key, start }, value, timestamp }, isThere) => {
        const entry = isThere ? [this.codecs.value.pack(value), timestamp] : undefined
        write(['row', this.codecs.key.pack(key), start], entry)
      })
    },
    restore: (key, entry) => this.#restore(key, entry),
  })

  readonly windows: WindowView = {
    forEach: (visit) => {
      for (const { rows } of this.#open) for (const row of rows.values()) visit(row)
    },
    forEachOf: (key, visit) => {
      const id = storeKey(key)
      for (const { rows } of this.#open) {
        const row = rows.get(id)
        if (row) visit(row)
      }
    },
  }

  protected add(key: unknown, value: unknown, timestamp: number): void {
    const { sizeMs, advanceMs, graceMs } = this.window
    const id = storeKey(key)
    const beforeFirst = Math.floor((timestamp - sizeMs) / advanceMs) * advanceMs
    for (let start = Math.max(0, beforeFirst + advanceMs); start <= timestamp; start += advanceMs) {
      if (start + sizeMs + graceMs <= this.time.now) {
        this.dropLate({ key, value, timestamp, window: { start, end: start + sizeMs } })
      } else this.#addTo(this.#windowAt(start), id, { key, value, timestamp })
    }
  }

  #addTo(
    { start, end, rows }: OpenWindow,
    id: StoreKey,
    { key, value, timestamp }: { key: unknown; value: unknown; timestamp: number },
  ): void {
    let row = rows.get(id)
    const previous = row?.value
    const aggregate = row
      ? this.aggregation.add(this.given(previous), value, key)
      : this.aggregation.first(value, key)
    const isGone = aggregate === null || aggregate === undefined
    if (isGone && !row) return
    if (row) {
      if (timestamp > row.timestamp) row.timestamp = timestamp
      row.value = aggregate
      this.#changes.noted(row)
    } else {
      row = { key: { key, start, end }, value: aggregate, timestamp }
      rows.set(id, row)
      this.#changes.added(row)
    }
    if (isGone) rows.delete(id)
    if (isGone) this.#changes.gone(row)
    if (this.emission === 'close') return
    this.next.receive(row.key, isGone ? undefined : aggregate, row.timestamp, previous)
  }

  #restore(entryKey: readonly unknown[], entry: unknown): void {
    const [, packedKey, start] = entryKey as [string, unknown, number]
    const [packed, timestamp] = entry as [unknown, number]
    const key = this.codecs.key.unpack(packedKey)
    const value = this.codecs.value.unpack(packed)
    const { end, rows } = this.#windowAt(start)
    rows.set(storeKey(key), { key: { key, start, end }, value, timestamp })
  }

  #windowAt(start: number): OpenWindow {
    const open = this.#open
    let at = open.length
    while (at > 0 && open[at - 1]!.start > start) at--
    const found = open[at - 1]
    if (found?.start === start) return found
    const window = { start, end: start + this.window.sizeMs, rows: new Map() }
    open.splice(at, 0, window)
    return window
  }

  /** Takes leave of the windows that are over. Where a result fails, the others are for later. */
  protected close(): void {
    const open = this.#open
    while (open.length > 0 && open[0]!.end + this.window.graceMs <= this.time.now) {
      const { rows } = open[0]!
      for (const [id, row] of rows) {
        rows.delete(id)
        this.#changes.gone(row)
        if (this.emission === 'update') continue
        this.handOver(row.key, row.value, row.timestamp)
      }
      open.shift()
    }
  }
}
