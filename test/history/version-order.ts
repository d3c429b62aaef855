/**
 * The order of the values of each key, by offset, and what disagrees about it: `inconsistent-offsets`
 * (two values at one offset) and `duplicate` (one value at two offsets).
 */

import { Column } from './column.ts'
import type { History } from './operations.ts'
import type { Findings } from './findings.ts'

/** What is known of one key. Offsets ascend. */
export interface KeyVersions {
  /** The first value that was seen at an offset. */
  readonly valueAt: Map<number, number>
  /** All offsets that hold a value: acknowledged sends, and everything that was read. */
  offsets: Float64Array
  /** Offsets that a consumer must not skip: somebody read them, and the send did not fail. */
  readable: Float64Array
}

export class VersionOrder {
  readonly keys: KeyVersions[]
  /** The lowest offset of a value, -1 where none is known. */
  readonly offsetOf = new Column(Float64Array)
  /** 1 where somebody who reads committed records only read the value. */
  readonly isRead: Uint8Array
  readonly #history: History

  constructor(history: History, findings: Findings) {
    this.#history = history
    this.keys = history.keys.list.map(() => ({
      valueAt: new Map(),
      offsets: new Float64Array(),
      readable: new Float64Array(),
    }))
    this.isRead = new Uint8Array(history.values.length)
    for (let value = 0; value < history.values.length; value++) this.offsetOf.push(-1)
    for (let row = 0; row < history.rowCount; row++) {
      if (!history.isSend(row)) this.#place(row, findings)
    }
    // Only now it is known which sends of unknown end were seen.
    for (let row = 0; row < history.rowCount; row++) {
      if (history.isSend(row) && this.isVisible(history.rowValue.at(row))) {
        this.#place(row, findings)
      }
    }
    this.#sort()
  }

  /** Whether the value is proven to be in the log. */
  isVisible(value: number): boolean {
    const writer = this.#history.writer.at(value)
    return this.isRead[value] === 1 || (writer >= 0 && this.#history.typeOf(writer) === 'ok')
  }

  /** How many of the ascending `offsets` are below `offset`. */
  static rank(offsets: Float64Array, offset: number): number {
    let low = 0
    let high = offsets.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (offsets[middle]! < offset) low = middle + 1
      else high = middle
    }
    return low
  }

  /** A reader of uncommitted records proves what is where, but not that it stays. */
  #mayBeAborted(row: number): boolean {
    return this.#history.details.get(this.#history.rowOp.at(row))?.isolation === 'read_uncommitted'
  }

  #place(row: number, findings: Findings): void {
    const history = this.#history
    const value = history.rowValue.at(row)
    const offset = history.rowOffset.at(row)
    if (!history.isSend(row) && !this.#mayBeAborted(row)) this.isRead[value] = 1
    if (offset < 0) return
    const { valueAt } = this.keys[history.valueKey.at(value)]!
    const first = valueAt.get(offset)
    if (first === undefined) valueAt.set(offset, value)
    else if (first !== value) {
      findings.add('inconsistent-offsets', history.valueKey.at(value), () => ({
        text: `offset ${offset} holds ${history.values[first]} and ${history.values[value]}`,
        ops: [history.writer.at(first), history.writer.at(value), history.rowOp.at(row)],
      }))
    }
    const known = this.offsetOf.at(value)
    if (known === -1 || offset < known) this.offsetOf.set(value, offset)
    if (known !== -1 && offset !== known) {
      findings.add('duplicate', history.valueKey.at(value), () => ({
        text: `${history.values[value]} is at offsets ${known} and ${offset}`,
        ops: [history.writer.at(value), history.rowOp.at(row)],
      }))
    }
  }

  #sort(): void {
    for (const key of this.keys) {
      key.offsets = Float64Array.from(key.valueAt.keys()).sort()
      key.readable = key.offsets.filter((offset) => {
        const value = key.valueAt.get(offset)!
        const writer = this.#history.writer.at(value)
        const isWritten = writer >= 0 && this.#history.typeOf(writer) !== 'fail'
        return isWritten && this.isRead[value] === 1
      })
    }
  }
}
