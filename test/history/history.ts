/**
 * The history of a run: what clients did and saw, as JSON lines that `check.ts` judges. One line when
 * an operation is invoked and one when it completes, in the manner of jepsen.tests.kafka; README.md
 * says what each field means.
 */

/** What a record holds. No two sends to one key send the same value. */
export type Value = string | number

/** Offset and value of one record that a poll returned. */
export type ReadRecord = readonly [offset: number, value: Value]

/** A micro-operation: one send (with its offset, where it is known), or one poll of some keys. */
export type Mop =
  | readonly ['send', key: string, value: Value, offset?: number]
  | readonly ['poll', Readonly<Record<string, readonly ReadRecord[]>>]

/** `ok`: it happened. `fail`: it did not, and never will. `info`: nobody knows. */
export const lineTypes = ['invoke', 'ok', 'fail', 'info'] as const
export type LineType = (typeof lineTypes)[number]

export const functions = [
  'send',
  'poll',
  'txn',
  'commit',
  'committed',
  'assign',
  'revoke',
  'subscribe',
  'crash',
  'restart',
  'fault',
] as const
export type FunctionName = (typeof functions)[number]

export interface Line {
  /** Microseconds of a clock that all processes of the run share and that never goes back. */
  readonly t: number
  /** Who: does one operation at a time. */
  readonly proc: string
  readonly type: LineType
  readonly f: FunctionName
  /** Of `send`, `poll`, `txn`. */
  readonly mops?: readonly Mop[]
  /** Of a poll whose client may hand over what was aborted. @default that of the run */
  readonly isolation?: 'read_uncommitted'
  /** Of `commit`, `committed`, `assign`, `revoke`, and of a `poll` on behalf of a group. */
  readonly group?: string
  readonly member?: string
  /** Generation, or member epoch: what the coordinator fences commits by. */
  readonly epoch?: number
  /** Keys that an `assign` gives to the member, all of them, or that a `revoke` takes away. */
  readonly keys?: readonly string[]
  /** Offsets by key that are committed, or, of `committed`, that were found; -1 is none. */
  readonly offsets?: Readonly<Record<string, number>>
  /** A `commit` that is meant to go back. */
  readonly reset?: boolean
  /** For people: why an operation did not end well, which fault it was. */
  readonly note?: string
}

/** Parses one line. @throws where it is not of the format, saying what is wrong. */
export function parseLine(text: string): Line {
  const line = JSON.parse(text) as Partial<Line>
  const complain = (what: string): never => {
    throw new Error(`${what}: ${text.slice(0, 200)}`)
  }
  if (typeof line.t !== 'number') complain('a line without a time t')
  if (typeof line.proc !== 'string') complain('a line without a proc')
  if (!lineTypes.includes(line.type!)) complain('a line of an unknown type')
  if (!functions.includes(line.f!)) complain('a line of an unknown f')
  for (const mop of line.mops ?? []) {
    if (mop[0] !== 'send' && mop[0] !== 'poll') complain('neither a send nor a poll')
  }
  return line as Line
}
