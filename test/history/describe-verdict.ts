/** A verdict in words: each anomaly with the operations that show it. */

import { anomalies, whyAllowed, type CheckOptions } from './anomalies.ts'
import type { Verdict } from './checker.ts'
import type { History } from './operations.ts'

/** How much of an operation, and of a metric, is shown. */
const rowsMax = 6
const countsMax = 10

/** Returns the lines that tell people what was found. */
export function describeVerdict(verdict: Verdict, options: CheckOptions = {}): string[] {
  const { history, findings, metrics } = verdict
  const lines: string[] = []
  for (const name of findings.names()) {
    const reason = whyAllowed(name, options)
    const rating = reason === undefined ? 'ANOMALY' : `legal (${reason})`
    lines.push(`${name} ×${findings.count(name)}, ${rating}: ${anomalies[name].meaning}`)
    const examples = findings.examples(name)
    const shown = reason === undefined ? examples : examples.slice(0, 1)
    for (const { key, text, ops } of shown) {
      lines.push(`  ${key === undefined ? '' : `${history.keys.list[key]}: `}${text}`)
      for (const op of new Set(ops)) lines.push(`    ${describeOperation(history, op)}`)
    }
  }
  const counts = Object.entries(metrics.consumeCounts).map(
    ([times, values]) => `${values} ×${times}`,
  )
  if (counts.length > countsMax) counts.splice(countsMax, Infinity, '…')
  lines.push(
    `${metrics.operations} operations, ${metrics.acknowledgedRecords} records acknowledged, ` +
      `${metrics.readRecords} read (${metrics.distinctValuesRead} different ones)`,
    `worst lag of a poll ${metrics.worstRealtimeLagMs.toFixed(1)} ms` +
      (counts.length > 0 ? `; consumed by transactions: ${counts.join(', ')}` : ''),
    verdict.forbidden.length === 0 ? 'no anomaly' : `anomalies: ${verdict.forbidden.join(', ')}`,
  )
  return lines
}

function describeOperation(history: History, op: number): string {
  if (op === -1) return 'no operation is known that sent it'
  const seconds = (us: number): string => (us === Infinity ? '…' : (us / 1e6).toFixed(6))
  const proc = history.procs.list[history.opProc.at(op)]
  const at = `${seconds(history.invokedUs.at(op))}–${seconds(history.completedUs.at(op))} s`
  const rows: string[] = []
  for (let row = history.firstRow(op); row < history.endRow(op); row++) {
    if (rows.length === rowsMax) {
      rows.push(`… ${history.endRow(op) - row} more`)
      break
    }
    const value = history.values[history.rowValue.at(row)]
    const offset = history.rowOffset.at(row)
    const verb = history.isSend(row) ? 'sent' : 'read'
    rows.push(
      `${verb} ${history.keys.list[history.keyOf(row)]}@${offset < 0 ? '?' : offset}=${value}`,
    )
  }
  const detail = history.details.get(op)
  if (detail) {
    const { t: _, proc: _proc, type: _type, f: _f, ...rest } = detail
    rows.push(JSON.stringify(rest))
  }
  return `${op}: ${proc} ${history.functionOf(op)} ${history.typeOf(op)} ${at} ${rows.join(', ')}`
}
