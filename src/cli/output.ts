/**
 * What commands print. Data goes to standard output: a table for people, a line of JSON for each
 * row where a program reads it. Everything else, progress and errors, goes to standard error.
 */

import { abortable } from '../client/failure/deadline.ts'

export interface Output {
  /** Whether a person reads standard output, and not a pipe or a file. */
  readonly isForPeople: boolean
  data(text: string): void
  /** Whether none of the data is ours any more: the system has it, for who reads it. */
  readonly isTaken: boolean
  /** Resolves when that is so, when it cannot be written, or `signal` is aborted. */
  taken(signal: AbortSignal): Promise<unknown>
  /** From now on `data` waits for who reads it: for what never gives way to anything else. */
  waitInData(): void
  /** Calls `listener` when no data can be written any more, in place of ending the process. */
  onUnread(listener: () => unknown): void
  note(text: string): void
}

const { stdout } = process
let isWaiting = false

export const terminal: Output = {
  isForPeople: stdout.isTTY,
  data(text) {
    stdout.write(text)
    // Who does not give way is not told in another way that nobody reads it any more.
    if (isWaiting && stdout.errored) endUnread(stdout.errored)
  },
  get isTaken() {
    return stdout.writableLength === 0 && !stdout.errored
  },
  taken(signal) {
    const written = new Promise<void>((done) => void stdout.write('', () => done()))
    return abortable(written, signal).catch(() => undefined)
  },
  waitInData() {
    isWaiting = true
    // Only pipes have it, which Node does not wait for but in Windows.
    const { _handle: handle } = stdout as { _handle?: { setBlocking?(isBlocking: boolean): void } }
    handle?.setBlocking?.(true)
  },
  onUnread: (listener) => void stdout.on('error', listener),
  note: (text) => void process.stderr.write(`${text}\n`),
}

/** Whether `error` says that nobody reads what is written: a pipe, or, to Node, a socket. */
function isUnread({ code }: NodeJS.ErrnoException): boolean {
  return code === 'EPIPE' || code === 'ECONNRESET'
}

/** Who reads has seen enough (`| head`), which is no failure. That a disk is full is one. */
export function noteUnwritten(error: NodeJS.ErrnoException): void {
  if (isUnread(error)) return
  process.exitCode = exitCodes.failed
  terminal.note(`kafka.do: the output cannot be written: ${error.message}`)
}

export function endUnread(error: NodeJS.ErrnoException): never {
  noteUnwritten(error)
  process.exit()
}

/** 2 says that nothing was done, since the command line asks for what cannot be; 130 is Ctrl-C. */
export const exitCodes = Object.freeze({ failed: 1, faults: 1, misused: 2, interrupted: 130 })

/** A command that cannot go on; the message says why and what to do. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly exitCode: number

  constructor(message: string, exitCode: number = exitCodes.failed) {
    super(message)
    this.exitCode = exitCode
  }
}

/** A command line that asks for what can never work: nothing was done. */
export class MisuseError extends CommandError {
  constructor(message: string) {
    super(message, exitCodes.misused)
  }
}

export type Row = Readonly<Record<string, string | number | boolean | null>>

/** Prints `rows`, whose first names the columns. */
export function printRows(output: Output, rows: readonly Row[], whenEmpty: string): void {
  if (!output.isForPeople) {
    for (const row of rows) output.data(`${JSON.stringify(row)}\n`)
    return
  }
  if (rows.length === 0) return output.note(whenEmpty)
  output.data(tableText(rows))
}

function tableText(rows: readonly Row[]): string {
  const names = Object.keys(rows[0]!)
  const lines = [names.map((name) => name.toUpperCase()), ...rows.map((row) => cellsOf(row, names))]
  const widths = names.map((_, column) => Math.max(...lines.map((cells) => cells[column]!.length)))
  return lines
    .map((cells) =>
      cells
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('')
}

function cellsOf(row: Row, names: readonly string[]): string[] {
  return names.map((name) => {
    const value = row[name]
    return value === null || value === undefined ? '-' : printable(String(value))
  })
}

/** Escapes control characters, which a terminal would obey: records and names come from others. */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (char) => {
    return `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`
  })
}
