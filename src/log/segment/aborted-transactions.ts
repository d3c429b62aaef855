/**
 * The aborted transactions whose abort marker is in one segment, in the order of the markers. The
 * `.txnindex` file is Kafka's: 34 bytes for each, version int16 (0), then producer id, first
 * offset, last offset and last stable offset, all int64.
 */

import { ByteReader } from '../../bytes/reader.ts'
import { ByteWriter } from '../../bytes/writer.ts'

export const abortedEntryBytes = 34
const version = 0
const none: readonly AbortedTransaction[] = []

export interface AbortedTransaction {
  readonly producerId: number
  readonly firstOffset: number
  /** Offset of the abort marker. */
  readonly lastOffset: number
  /** The last stable offset once the marker was in place. */
  readonly lastStableOffset: number
}

export class AbortedTransactions {
  #entries: AbortedTransaction[] | undefined

  get entries(): readonly AbortedTransaction[] {
    return this.#entries ?? none
  }

  add(transaction: AbortedTransaction): void {
    this.#entries ??= []
    this.#entries.push(transaction)
  }

  /**
   * Adds to `found` those that overlap with [`from`, `to`). Returns whether all are found: whether
   * no transaction that is aborted later can begin below `to`.
   */
  collect(from: number, to: number, found: AbortedTransaction[]): boolean {
    const { entries } = this
    for (let at = this.#lastBefore(from); at < entries.length; at++) {
      const transaction = entries[at]!
      if (transaction.lastOffset >= from && transaction.firstOffset < to) found.push(transaction)
      if (transaction.lastStableOffset >= to) return true
    }
    return false
  }

  /** Returns the position of the last one that ended before `offset`; 0 where none did. */
  #lastBefore(offset: number): number {
    const { entries } = this
    let low = 0
    for (let high = entries.length; low < high;) {
      const middle = (low + high) >>> 1
      if (entries[middle]!.lastOffset < offset) low = middle + 1
      else high = middle
    }
    return Math.max(0, low - 1)
  }

  encode(): Uint8Array {
    const writer = new ByteWriter(this.entries.length * abortedEntryBytes)
    for (const entry of this.entries) {
      writer.int16(version)
      writer.int64(entry.producerId)
      writer.int64(entry.firstOffset)
      writer.int64(entry.lastOffset)
      writer.int64(entry.lastStableOffset)
    }
    return writer.finish()
  }

  /** Reads a file that is known to be whole. */
  static decode(bytes: Uint8Array): AbortedTransactions {
    const transactions = new AbortedTransactions()
    const reader = new ByteReader(bytes)
    while (reader.remaining >= abortedEntryBytes) {
      reader.int16()
      transactions.add({
        producerId: reader.int64(),
        firstOffset: reader.int64(),
        lastOffset: reader.int64(),
        lastStableOffset: reader.int64(),
      })
    }
    return transactions
  }
}
