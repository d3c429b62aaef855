/**
 * The first pass: pairs each invocation with its completion and puts what the operations sent and
 * read into columns. Operations are numbered in the order in which they completed, which for one
 * process is the order in which it learned things; those that never completed come last, as `info`.
 */

import { Column, Names } from './column.ts'
import { functions, lineTypes, type FunctionName, type Line, type LineType } from './history.ts'
import type { Mop, Value } from './history.ts'

/** The two kinds of rows. */
const isSend = 1
const isRead = 0

const mopFunctions: readonly FunctionName[] = ['send', 'poll', 'txn']

export class History {
  readonly keys = new Names()
  readonly procs = new Names()
  /** Operations that say more than what they sent and read: commits, assignments, faults, … */
  readonly details = new Map<number, Line>()
  /** Values by number; a value's number stands for its key as well. */
  readonly values: Value[] = []
  readonly valueKey = new Column(Int32Array)
  /** The operation that sent the value; -1 where none did. */
  readonly writer = new Column(Int32Array)
  readonly #valueNumbers: Map<Value, number>[] = []

  readonly opProc = new Column(Int32Array)
  readonly #opType = new Column(Uint8Array)
  readonly #opFunction = new Column(Uint8Array)
  readonly invokedUs = new Column(Float64Array)
  /** Infinity where it never completed. */
  readonly completedUs = new Column(Float64Array)
  readonly #opRows = new Column(Int32Array)

  readonly rowOp = new Column(Int32Array)
  readonly #rowIsSend = new Column(Uint8Array)
  readonly rowValue = new Column(Int32Array)
  /** -1 where it is not known. */
  readonly rowOffset = new Column(Float64Array)

  get opCount(): number {
    return this.opProc.length
  }

  get rowCount(): number {
    return this.rowOp.length
  }

  typeOf(op: number): LineType {
    return lineTypes[this.#opType.at(op)]!
  }

  functionOf(op: number): FunctionName {
    return functions[this.#opFunction.at(op)]!
  }

  firstRow(op: number): number {
    return this.#opRows.at(op)
  }

  /** The row after the operation's last. */
  endRow(op: number): number {
    return op + 1 < this.opCount ? this.#opRows.at(op + 1) : this.rowCount
  }

  isSend(row: number): boolean {
    return this.#rowIsSend.at(row) === isSend
  }

  keyOf(row: number): number {
    return this.valueKey.at(this.rowValue.at(row))
  }

  add(invoked: Line, completed: Line | undefined): void {
    const op = this.opProc.push(this.procs.numberOf(invoked.proc))
    this.#opType.push(lineTypes.indexOf(completed?.type ?? 'info'))
    this.#opFunction.push(functions.indexOf(invoked.f))
    this.invokedUs.push(invoked.t)
    this.completedUs.push(completed?.t ?? Infinity)
    this.#opRows.push(this.rowCount)
    const line = { ...invoked, ...completed }
    const { group, note, isolation } = line
    const isPlain = group === undefined && note === undefined && isolation === undefined
    if (!isPlain || !mopFunctions.includes(line.f)) this.details.set(op, withoutMops(line))
    for (const mop of completed?.mops ?? invoked.mops ?? []) this.#addRows(op, mop)
  }

  #addRows(op: number, mop: Mop): void {
    if (mop[0] === 'send') {
      const [, key, value, offset = -1] = mop
      const number = this.#numberOf(key, value)
      if (this.writer.at(number) !== -1) throw new Error(`${key} is sent ${value} twice`)
      this.writer.set(number, op)
      this.#addRow(op, isSend, number, offset)
      return
    }
    for (const [key, records] of Object.entries(mop[1])) {
      for (const [offset, value] of records) {
        this.#addRow(op, isRead, this.#numberOf(key, value), offset)
      }
    }
  }

  #addRow(op: number, kind: number, value: number, offset: number): void {
    this.rowOp.push(op)
    this.#rowIsSend.push(kind)
    this.rowValue.push(value)
    this.rowOffset.push(offset)
  }

  #numberOf(key: string, value: Value): number {
    const keyNumber = this.keys.numberOf(key)
    const numbers = (this.#valueNumbers[keyNumber] ??= new Map<Value, number>())
    let number = numbers.get(value)
    if (number === undefined) {
      number = this.values.push(value) - 1
      numbers.set(value, number)
      this.valueKey.push(keyNumber)
      this.writer.push(-1)
    }
    return number
  }
}

function withoutMops(line: Line): Line {
  const { mops: _, ...rest } = line
  return rest
}

/**
 * Indexes lines that come in the order of time. A completion belongs to the open operation of its
 * process with the same `f`; a line that completes nothing is an event, over as it begins.
 */
export function indexHistory(lines: Iterable<Line>): History {
  const history = new History()
  const open = new Map<string, Line>()
  for (const line of lines) {
    const invoked = open.get(line.proc)
    if (line.type === 'invoke') {
      if (invoked) throw new Error(`${line.proc} is in two operations at ${line.t}`)
      open.set(line.proc, line)
    } else if (invoked?.f === line.f) {
      open.delete(line.proc)
      history.add(invoked, line)
    } else {
      history.add(line, line)
    }
  }
  for (const invoked of open.values()) history.add(invoked, undefined)
  return history
}
