/** Numbers that are neither right nor wrong: how far reads were behind, how often values were read. */

import { Column } from './column.ts'
import type { History } from './operations.ts'
import type { VersionOrder } from './version-order.ts'

export interface Metrics {
  readonly operations: number
  readonly acknowledgedRecords: number
  readonly readRecords: number
  readonly distinctValuesRead: number
  /** The longest time by which a poll was behind a value that was acknowledged. */
  readonly worstRealtimeLagMs: number
  /** How many values were consumed how often by transactions that committed. */
  readonly consumeCounts: Readonly<Record<number, number>>
}

export function measure(history: History, order: VersionOrder): Metrics {
  let acknowledgedRecords = 0
  let readRecords = 0
  for (let row = 0; row < history.rowCount; row++) {
    if (!history.isSend(row)) readRecords++
    else if (history.typeOf(history.rowOp.at(row)) === 'ok') acknowledgedRecords++
  }
  return {
    operations: history.opCount,
    acknowledgedRecords,
    readRecords,
    distinctValuesRead: order.isRead.reduce((sum, isRead) => sum + isRead, 0),
    worstRealtimeLagMs: worstLagUs(history, order) / 1000,
    consumeCounts: consumeCounts(history),
  }
}

/** For each poll: for how long had something beyond its last record been acknowledged already? */
function worstLagUs(history: History, order: VersionOrder): number {
  const beyond = order.keys.map(({ offsets, valueAt }) => {
    // The earliest acknowledgement of anything at or after each place of the order.
    const earliestUs = new Float64Array(offsets.length + 1).fill(Infinity)
    const rankOf = new Map<number, number>()
    for (let rank = offsets.length - 1; rank >= 0; rank--) {
      const writer = history.writer.at(valueAt.get(offsets[rank]!)!)
      const isOk = writer >= 0 && history.typeOf(writer) === 'ok'
      const atUs = isOk ? history.completedUs.at(writer) : Infinity
      earliestUs[rank] = Math.min(atUs, earliestUs[rank + 1]!)
      rankOf.set(offsets[rank]!, rank)
    }
    return { earliestUs, rankOf }
  })
  let worstUs = 0
  for (let row = 0; row < history.rowCount; row++) {
    if (history.isSend(row)) continue
    const op = history.rowOp.at(row)
    const isLast =
      row + 1 === history.endRow(op) ||
      history.isSend(row + 1) ||
      history.keyOf(row + 1) !== history.keyOf(row)
    if (!isLast) continue
    const { earliestUs, rankOf } = beyond[history.keyOf(row)]!
    const rank = rankOf.get(history.rowOffset.at(row))
    if (rank === undefined) continue
    worstUs = Math.max(worstUs, history.invokedUs.at(op) - earliestUs[rank + 1]!)
  }
  return worstUs
}

function consumeCounts(history: History): Record<number, number> {
  const times = new Column(Int32Array)
  for (let value = 0; value < history.values.length; value++) times.push(0)
  for (let op = 0; op < history.opCount; op++) {
    if (history.functionOf(op) !== 'txn' || history.typeOf(op) !== 'ok') continue
    for (let row = history.firstRow(op); row < history.endRow(op); row++) {
      const value = history.rowValue.at(row)
      if (!history.isSend(row)) times.set(value, times.at(value) + 1)
    }
  }
  const counts: Record<number, number> = {}
  for (let value = 0; value < times.length; value++) {
    const count = times.at(value)
    if (count > 0) counts[count] = (counts[count] ?? 0) + 1
  }
  return counts
}
