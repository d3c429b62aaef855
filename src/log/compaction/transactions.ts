/**
 * Follows the transactions of a log while it is compacted front to back: whose data was aborted and
 * goes, and which markers have outlived the data they decide.
 *
 * A marker goes only after its data: without it, a reader would take what is left of the data for
 * an open transaction, or for a committed one.
 */

import type { BatchHeader } from '../../record/batch.ts'
import type { AbortedTransaction } from '../segment/aborted-transactions.ts'
import type { TransactionResult } from '../../record/control-record.ts'

interface OngoingAbort {
  readonly transaction: AbortedTransaction
  /** Whether a batch of it is still in the log, as it was before this compaction. */
  hasData: boolean
}

/** What is to become of a marker. */
export interface MarkerFate {
  /** Whether nothing is left of its transaction. */
  readonly isOrphan: boolean
  /** What the transaction index still has to say. */
  readonly aborted: AbortedTransaction | undefined
}

const orphan: MarkerFate = { isOrphan: true, aborted: undefined }
const needed: MarkerFate = { isOrphan: false, aborted: undefined }

export class CompactedTransactions {
  /** All aborted transactions, by first offset. */
  readonly #all: readonly AbortedTransaction[]
  /** How many of them have begun. */
  #begun = 0
  /** By producer id: aborted transactions that have begun, and whose marker is still to come. */
  readonly #aborted = new Map<number, OngoingAbort>()
  /** Producers with data of transactions that were not aborted, whose marker is still to come. */
  readonly #others = new Set<number>()

  /** @param transactions those that were aborted, in any order */
  constructor(transactions: readonly AbortedTransaction[]) {
    this.#all = transactions.toSorted((left, right) => left.firstOffset - right.firstOffset)
  }

  /** Notes a data batch. Returns whether it is of an aborted transaction. */
  onData(header: BatchHeader): boolean {
    this.#begin(header.lastOffset)
    if (!header.isTransactional) return false
    const ongoing = this.#aborted.get(header.producerId)
    if (ongoing) ongoing.hasData = true
    else this.#others.add(header.producerId)
    return ongoing !== undefined
  }

  /** Notes a marker; `result` is `undefined` for a control batch of another kind. */
  onMarker(header: BatchHeader, result: TransactionResult | undefined): MarkerFate {
    this.#begin(header.lastOffset)
    // It was emptied before, and kept for its producer's sake.
    if (header.recordCount === 0) return orphan
    if (result === undefined) return needed
    if (result === 'commit') return this.#others.delete(header.producerId) ? needed : orphan
    const ongoing = this.#aborted.get(header.producerId)
    this.#aborted.delete(header.producerId)
    return ongoing?.hasData ? { isOrphan: false, aborted: ongoing.transaction } : orphan
  }

  #begin(offset: number): void {
    for (; this.#begun < this.#all.length; this.#begun++) {
      const transaction = this.#all[this.#begun]!
      if (transaction.firstOffset > offset) break
      this.#aborted.set(transaction.producerId, { transaction, hasData: false })
    }
  }
}
