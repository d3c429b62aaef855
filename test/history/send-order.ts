/**
 * `int-send-skip`, `int-nonmonotonic-send` within an operation and `nonmonotonic-send` from one
 * operation of a process to its next: what one producer sends to a partition lands in that order.
 */

import type { Findings } from './findings.ts'
import type { History } from './operations.ts'
import { VersionOrder } from './version-order.ts'

interface Position {
  offset: number
  op: number
}

export function findSendDisorder(history: History, order: VersionOrder, findings: Findings): void {
  /** By process, then by key. */
  const positions = new Map<number, Map<number, Position>>()
  for (let op = 0; op < history.opCount; op++) {
    const proc = history.opProc.at(op)
    const end = history.endRow(op)
    for (let row = history.firstRow(op); row < end; row++) {
      if (!history.isSend(row) || order.offsetOf.at(history.rowValue.at(row)) === -1) continue
      let byKey = positions.get(proc)
      if (!byKey) positions.set(proc, (byKey = new Map()))
      compareWithPosition(history, order, findings, { row, byKey })
    }
    // A send of unknown end may land at any time, before or after those that follow.
    if (history.typeOf(op) === 'info') positions.delete(proc)
  }
}

function compareWithPosition(
  history: History,
  order: VersionOrder,
  findings: Findings,
  { row, byKey }: { row: number; byKey: Map<number, Position> },
): void {
  const key = history.keyOf(row)
  const op = history.rowOp.at(row)
  const offset = order.offsetOf.at(history.rowValue.at(row))
  const before = byKey.get(key)
  if (!before) return void byKey.set(key, { offset, op })

  const { offset: from, op: fromOp } = before
  const isInternal = fromOp === op
  const describe = (): { text: string; ops: number[] } => ({
    text: `landed at offset ${offset}, what was sent before it at ${from}`,
    ops: isInternal ? [op] : [fromOp, op],
  })
  const { offsets } = order.keys[key]!
  if (offset <= from) {
    findings.add(isInternal ? 'int-nonmonotonic-send' : 'nonmonotonic-send', key, describe)
  } else if (
    isInternal &&
    VersionOrder.rank(offsets, offset) > VersionOrder.rank(offsets, from + 1)
  ) {
    findings.add('int-send-skip', key, describe)
  }
  before.offset = offset
  before.op = op
}
