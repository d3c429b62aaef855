/**
 * `lost-commit`, `commit-regression`, `undelivered-commit`: committed offsets are found again, do not
 * go back unless they are meant to, and do not pass records that the group was never given.
 */

import type { Findings } from './findings.ts'
import type { Line } from './history.ts'
import type { History } from './operations.ts'
import { VersionOrder } from './version-order.ts'

interface Commit {
  readonly offset: number
  readonly op: number
}

interface Event {
  readonly t: number
  readonly kind: 'acknowledged' | 'asked'
  readonly op: number
  readonly line: Line
}

export function findCommitFaults(history: History, order: VersionOrder, findings: Findings): void {
  /** By group and key: the highest commit that is acknowledged. */
  const highest = new Map<string, Commit>()
  const deliveries = new Deliveries(history)
  for (const { kind, op, line } of eventsInOrder(history)) {
    for (const [key, offset] of Object.entries(line.offsets ?? {})) {
      const number = history.keys.numberOf(key)
      const place = JSON.stringify([line.group, key])
      const before = highest.get(place)
      const describe = (): { text: string; ops: number[] } => ({
        text: `${line.group}: ${offset} after ${before!.offset} was acknowledged`,
        ops: [before!.op, op],
      })
      const goesBack = before !== undefined && offset < before.offset
      if (kind === 'acknowledged') {
        if (line.reset || !goesBack) highest.set(place, { offset, op })
      } else if (line.f === 'committed') {
        if (goesBack) findings.add('lost-commit', number, describe)
      } else if (line.reset) {
        // Nobody knows when it takes effect: until it is acknowledged, anything may be found.
        highest.delete(place)
      } else if (history.typeOf(op) === 'ok') {
        if (goesBack) findings.add('commit-regression', number, describe)
        findUndelivered(history, order, findings, { deliveries, op, line, number, offset })
      }
    }
  }
}

function eventsInOrder(history: History): Event[] {
  const events: Event[] = []
  for (const [op, line] of history.details) {
    const isOk = history.typeOf(op) === 'ok'
    if (line.f !== 'commit' && !(line.f === 'committed' && isOk)) continue
    events.push({ t: history.invokedUs.at(op), kind: 'asked', op, line })
    if (line.f === 'commit' && isOk) {
      events.push({ t: history.completedUs.at(op), kind: 'acknowledged', op, line })
    }
  }
  return events.sort((a, b) => a.t - b.t)
}

/** When a group was first given the record at each offset, for groups that say what they poll. */
class Deliveries {
  readonly #firstUs = new Map<string, Map<number, number>>()
  /** By group and key: everything below is known to be delivered, or was before the history. */
  readonly #checkedTo = new Map<string, number>()

  constructor(history: History) {
    for (const [op, { f, group }] of history.details) {
      if (group === undefined || (f !== 'poll' && f !== 'txn')) continue
      for (let row = history.firstRow(op); row < history.endRow(op); row++) {
        if (!history.isSend(row)) this.#note(history, row, group)
      }
    }
  }

  #note(history: History, row: number, group: string): void {
    const place = JSON.stringify([group, history.keys.list[history.keyOf(row)]])
    const offset = history.rowOffset.at(row)
    const t = history.completedUs.at(history.rowOp.at(row))
    let first = this.#firstUs.get(place)
    if (!first) this.#firstUs.set(place, (first = new Map()))
    if (!(first.get(offset)! <= t)) first.set(offset, t)
    this.#checkedTo.set(place, Math.min(this.#checkedTo.get(place) ?? Infinity, offset))
  }

  /** Returns the offsets of `readable` below `end` that were not delivered by `t`, once each. */
  *undelivered(
    place: string,
    { readable, end, t }: { readable: Float64Array; end: number; t: number },
  ): Generator<number, void, undefined> {
    const first = this.#firstUs.get(place)
    if (!first) return
    for (
      let index = VersionOrder.rank(readable, this.#checkedTo.get(place)!);
      index < readable.length && readable[index]! < end;
      index++
    ) {
      if (!(first.get(readable[index]!)! <= t)) yield readable[index]!
    }
    this.#checkedTo.set(place, Math.max(end, this.#checkedTo.get(place)!))
  }
}

function findUndelivered(
  history: History,
  order: VersionOrder,
  findings: Findings,
  commit: { deliveries: Deliveries; op: number; line: Line; number: number; offset: number },
): void {
  const { deliveries, op, line, number, offset: end } = commit
  const place = JSON.stringify([line.group, history.keys.list[number]])
  const readable = order.keys[number]?.readable ?? new Float64Array()
  const t = history.invokedUs.at(op)
  for (const missing of deliveries.undelivered(place, { readable, end, t })) {
    findings.add('undelivered-commit', number, () => ({
      text: `${line.group}: ${end} is committed, ${missing} was not delivered`,
      ops: [history.writer.at(order.keys[number]!.valueAt.get(missing)!), op],
    }))
  }
}
