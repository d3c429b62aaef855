/**
 * `int-poll-skip`, `int-nonmonotonic-poll` within an operation and `poll-skip`,
 * `nonmonotonic-poll` from one operation of a process to its next: a consumer reads a partition in
 * order, without holes and without repetition, until it is assigned anew.
 */

import type { FunctionName } from './history.ts'
import type { Findings } from './findings.ts'
import type { History } from './operations.ts'
import { VersionOrder } from './version-order.ts'

/** After these a consumer may go on from anywhere. */
const repositions: readonly FunctionName[] = ['assign', 'revoke', 'subscribe', 'crash']

interface Position {
  offset: number
  op: number
}

export function findPollDisorder(history: History, order: VersionOrder, findings: Findings): void {
  /** By process, then by key. */
  const positions = new Map<number, Map<number, Position>>()
  for (let op = 0; op < history.opCount; op++) {
    const proc = history.opProc.at(op)
    if (repositions.includes(history.functionOf(op))) {
      positions.delete(proc)
      continue
    }
    const end = history.endRow(op)
    for (let row = history.firstRow(op); row < end; row++) {
      if (history.isSend(row)) continue
      let byKey = positions.get(proc)
      if (!byKey) positions.set(proc, (byKey = new Map()))
      compareWithPosition(history, order, findings, { row, byKey })
    }
    // What a poll of unknown end took is unknown, too, and an aborted transaction rewinds.
    if (history.typeOf(op) !== 'ok' && history.functionOf(op) !== 'send') positions.delete(proc)
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
  const offset = history.rowOffset.at(row)
  const before = byKey.get(key)
  if (!before) return void byKey.set(key, { offset, op })

  const isInternal = before.op === op
  const { readable } = order.keys[key]!
  const { offset: from, op: fromOp } = before
  const describe = (): { text: string; ops: number[] } => ({
    text: `offset ${offset} was read after ${from}`,
    ops: isInternal ? [op] : [fromOp, op],
  })
  if (offset <= from) {
    findings.add(isInternal ? 'int-nonmonotonic-poll' : 'nonmonotonic-poll', key, describe)
  } else if (VersionOrder.rank(readable, offset) > VersionOrder.rank(readable, from + 1)) {
    findings.add(isInternal ? 'int-poll-skip' : 'poll-skip', key, describe)
  }
  before.offset = offset
  before.op = op
}
