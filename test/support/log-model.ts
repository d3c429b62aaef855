/**
 * A log as simple as can be: a list of batches, and everything else computed from it. What the real
 * log answers is compared with this.
 */

import type { TestRecord } from './log-fixture.ts'

export interface ModelBatch {
  readonly baseOffset: number
  readonly records: readonly TestRecord[]
  /** -1 where the producer is not idempotent. */
  readonly producerId: number
  readonly baseSequence: number
  readonly isTransactional: boolean
  /** Where the batch is a marker: how it ends the transaction of its producer. */
  readonly marker: 'abort' | 'commit' | undefined
}

export class LogModel {
  batches: ModelBatch[] = []
  startOffset = 0

  get endOffset(): number {
    const last = this.batches.at(-1)
    return last ? last.baseOffset + last.records.length : 0
  }

  /** Records that can be read; without transaction markers. */
  records(): TestRecord[] {
    const clients = this.batches.filter(({ marker }) => !marker)
    return this.#available(clients)
  }

  /** What a power failure leaves. */
  cutAt(endOffset: number): void {
    this.batches = this.batches.filter(({ baseOffset }) => baseOffset < endOffset)
  }

  offsetForTimestamp(timestamp: number): { offset: number; timestamp: number } | undefined {
    // As in Kafka, markers are records too.
    const record = this.#available(this.batches).find((each) => each.timestamp >= timestamp)
    return record && { offset: record.offset, timestamp: record.timestamp }
  }

  /** The last batches of a producer, oldest first. */
  recentBatches(producerId: number): ModelBatch[] {
    const own = this.batches.filter((batch) => batch.producerId === producerId && !batch.marker)
    return own.slice(-5)
  }

  nextSequence(producerId: number): number {
    const last = this.recentBatches(producerId).at(-1)
    return last ? last.baseSequence + last.records.length : 0
  }

  /** First offset of the producer's open transaction; `undefined` without one. */
  openTransaction(producerId: number): number | undefined {
    return this.#transactions().open.get(producerId)
  }

  lastStableOffset(highWatermark: number): number {
    const { open, ended } = this.#transactions()
    const undecided = ended.filter(({ lastOffset }) => lastOffset >= highWatermark)
    const first = [...open.values(), ...undecided.map(({ firstOffset }) => firstOffset)]
    return Math.max(this.startOffset, Math.min(highWatermark, ...first))
  }

  /** Aborted transactions with anything in [`from`, `to`), as `producer first-last`. */
  aborted(from: number, to: number): string[] {
    return this.#transactions()
      .ended.filter(({ result }) => result === 'abort')
      .filter(({ firstOffset, lastOffset }) => lastOffset >= from && firstOffset < to)
      .map(({ producerId, firstOffset, lastOffset }) => {
        return `${producerId} ${firstOffset}-${lastOffset}`
      })
  }

  #available(batches: readonly ModelBatch[]): TestRecord[] {
    return batches
      .flatMap(({ records }) => records)
      .filter(({ offset }) => offset >= this.startOffset)
  }

  #transactions(): { open: Map<number, number>; ended: EndedTransaction[] } {
    const open = new Map<number, number>()
    const ended: EndedTransaction[] = []
    for (const { producerId, baseOffset, isTransactional, marker } of this.batches) {
      const firstOffset = open.get(producerId)
      if (marker && firstOffset !== undefined) {
        open.delete(producerId)
        ended.push({ producerId, firstOffset, lastOffset: baseOffset, result: marker })
      } else if (!marker && isTransactional && firstOffset === undefined) {
        open.set(producerId, baseOffset)
      }
    }
    return { open, ended }
  }
}

interface EndedTransaction {
  readonly producerId: number
  readonly firstOffset: number
  readonly lastOffset: number
  readonly result: 'abort' | 'commit'
}
