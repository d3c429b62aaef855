/** `phantom`, `G1a`, `precommitted-read`: reads of what should not have been there to read. */

import type { Findings } from './findings.ts'
import type { History } from './operations.ts'

export function findForbiddenReads(history: History, findings: Findings): void {
  for (let row = 0; row < history.rowCount; row++) {
    if (history.isSend(row)) continue
    const value = history.rowValue.at(row)
    const reader = history.rowOp.at(row)
    const writer = history.writer.at(value)
    const name = forbidden(history, writer, reader)
    if (name === undefined) continue
    findings.add(name, history.valueKey.at(value), () => ({
      text: `${history.values[value]} was read at offset ${history.rowOffset.at(row)}`,
      ops: [writer, reader],
    }))
  }
}

function forbidden(
  history: History,
  writer: number,
  reader: number,
): 'phantom' | 'G1a' | 'precommitted-read' | undefined {
  if (writer === -1) return 'phantom'
  if (history.details.get(reader)?.isolation === 'read_uncommitted') return undefined
  if (history.typeOf(writer) === 'fail') return 'G1a'
  if (writer === reader && history.functionOf(writer) === 'txn') return 'precommitted-read'
  return undefined
}
