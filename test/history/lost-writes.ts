/**
 * `lost-write`, `torn-transaction`, `unseen`: what should have been read and was not. Not everything
 * can be expected to be read while a run goes on; but once the record at some offset was read, all
 * below it could have been.
 */

import type { Findings } from './findings.ts'
import type { History } from './operations.ts'
import type { VersionOrder } from './version-order.ts'

export function findLostWrites(history: History, order: VersionOrder, findings: Findings): void {
  for (let row = 0; row < history.rowCount; row++) {
    if (!history.isSend(row)) continue
    const value = history.rowValue.at(row)
    if (order.isRead[value] === 1) continue
    const op = history.rowOp.at(row)
    const isProven = history.typeOf(op) !== 'ok' && isProvenCommitted(history, order, op)
    if (history.typeOf(op) !== 'ok' && !isProven) continue
    const key = history.valueKey.at(value)
    const offset = history.rowOffset.at(row)
    const isBelowTheReads = offset >= 0 && offset < (order.keys[key]!.readable.at(-1) ?? -1)
    const isTorn = history.functionOf(op) === 'txn' && isPartlyRead(history, order, op)
    const name = !isBelowTheReads ? 'unseen' : isTorn ? 'torn-transaction' : 'lost-write'
    findings.add(name, key, () => ({
      text: `${history.values[value]}${offset >= 0 ? ` at offset ${offset}` : ''} was never read`,
      ops: [op],
    }))
  }
}

/** A transaction of unknown end was committed if anything of it was read; sends stand alone. */
function isProvenCommitted(history: History, order: VersionOrder, op: number): boolean {
  if (history.typeOf(op) !== 'info' || history.functionOf(op) !== 'txn') return false
  return isPartlyRead(history, order, op)
}

function isPartlyRead(history: History, order: VersionOrder, op: number): boolean {
  for (let row = history.firstRow(op); row < history.endRow(op); row++) {
    if (history.isSend(row) && order.isRead[history.rowValue.at(row)] === 1) return true
  }
  return false
}
