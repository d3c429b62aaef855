/**
 * Operators: what a topology is made of while it runs. Each is given records, one call for each,
 * and hands on what comes of them within that call, so that nothing is in between when it returns.
 */

import type { WindowedKey } from '../window.ts'
import type { OperatorState } from '../stores/operator-state.ts'

/** Why a record went no further. */
export type DropReason = 'no key' | 'no value' | 'no match' | 'no time'

/** A record, or its part in a window, that has come too late. */
export interface LateRecord {
  readonly key: unknown
  readonly value: unknown
  readonly timestamp: number
  /** How far time had come for the operator. */
  readonly streamTime: number
  /** The window that was closed. */
  readonly window?: { readonly start: number; readonly end: number } | undefined
}

/** What operators need of the task that they are in. */
export interface OperatorContext {
  /** Notes that a record went no further, and why. */
  drop(reason: DropReason, key: unknown, value: unknown, timestamp: number): void
  /** Notes that a record has come too late. */
  late(record: LateRecord): void
  /**
   * Where a result has failed for which time has come: returns whether to go on without it. The
   * record that is being processed has nothing to do with it. @default no
   */
  readonly isSkipped?: ((error: Error) => boolean) | undefined
}

/** Goes on without a result for which time has come, if the program does; else throws `error`. */
export function goOnWithout(error: unknown, { isSkipped }: OperatorContext): void {
  if (!isSkipped?.(error as Error)) throw error
}

export interface Receiver {
  /**
   * Whether it is done with what it was given when `receive` returns, as are those behind it. Else
   * that must stay as it was.
   */
  readonly isDone?: boolean
  /**
   * Takes one record. In a table `value` is `undefined` where the key is deleted, and `previous` is
   * what was there before.
   */
  receive(key: unknown, value: unknown, timestamp: number, previous: unknown): void
}

/** An operator for one task: where its inputs go in, and what comes after it. */
export interface Operator {
  /** One for each input of its node, in that order. */
  readonly inputs: readonly Receiver[]
  next: Receiver
  /** Where results depend on time: says that it has come as far as that, without a record. */
  advance?(timestamp: number): void
  /** Says that the task is with others now: what it still works on is to go no further. */
  giveUp?(): void
  /** Where it joins tables: says that one changes that both sides may be made of. */
  changing?(): void
  /** Says that both sides have had what has come of that. */
  changed?(): void
  /** The table that it keeps, or computes from another one. */
  readonly view?: TableView
  /** The windows that are open, if it has such. */
  readonly windows?: WindowView
  /** What it has to remember beyond a restart. */
  readonly state?: OperatorState
}

/** A table to look things up in. */
export interface TableView {
  /** Returns the row of a key: as it is now, or as it was at `asOf` where the table keeps that. */
  get(key: unknown, asOf?: number): TableRow | undefined
  /** Where its rows are known: calls `visit` with each. */
  forEach?(visit: (row: TableRow & { readonly key: unknown }) => void): void
}

/** Returns what `get` makes of each row of `upstream`, as a table with the same keys. */
export function viewFrom(upstream: TableView, get: TableView['get']): TableView {
  return {
    get,
    forEach: (visit) => {
      upstream.forEach?.(({ key }) => {
        const row = get(key)
        if (row) visit({ ...row, key })
      })
    },
  }
}

/** Results of windows, to be looked at from outside. */
export interface WindowView {
  forEach(visit: VisitWindow): void
  /** The windows of one key. */
  forEachOf(key: unknown, visit: VisitWindow): void
}

type VisitWindow = (row: { readonly key: WindowedKey; readonly value: unknown }) => void

export interface TableRow {
  readonly value: unknown
  readonly timestamp: number
}

/**
 * Drops what has nothing to say where values become one or find each other: a record without a key,
 * or without a value. Returns whether it did.
 */
export function isDropped(
  context: OperatorContext,
  key: unknown,
  value: unknown,
  timestamp: number,
): boolean {
  if (value === null || value === undefined) context.drop('no value', key, value, timestamp)
  else if (key === null || key === undefined) context.drop('no key', key, value, timestamp)
  else return false
  return true
}

/**
 * The same where records belong together by their times: drops those that say none, which is -1, or
 * one before 1970, and those whose time no clock shows, as one in nanoseconds.
 */
export function isDroppedByTime(
  context: OperatorContext,
  key: unknown,
  value: unknown,
  timestamp: number,
): boolean {
  if (isDropped(context, key, value, timestamp)) return true
  if (timestamp >= 0 && timestamp <= Number.MAX_SAFE_INTEGER) return false
  context.drop('no time', key, value, timestamp)
  return true
}

/** Where nobody wants the results. */
export const nobody: Receiver = { isDone: true, receive() {} }

/** An operator with one input, which is itself. */
export abstract class Processor implements Operator, Receiver {
  readonly inputs: readonly Receiver[] = [this]
  next: Receiver = nobody

  abstract receive(key: unknown, value: unknown, timestamp: number, previous: unknown): void
}

/** One that keeps nothing of what it hands on. */
export abstract class PassingOn extends Processor {
  get isDone(): boolean {
    return this.next.isDone ?? false
  }
}

/** Gives each record to several receivers, one after the other. */
export class FanOut implements Receiver {
  readonly #receivers: readonly Receiver[]
  #isDone: boolean | undefined

  constructor(receivers: readonly Receiver[]) {
    this.#receivers = receivers
  }

  /** Once a task is put together it stays so. */
  get isDone(): boolean {
    return (this.#isDone ??= this.#receivers.every(({ isDone }) => isDone))
  }

  receive(key: unknown, value: unknown, timestamp: number, previous: unknown): void {
    for (const receiver of this.#receivers) receiver.receive(key, value, timestamp, previous)
  }
}

/** What is behind a table that both sides of joins are made of. */
export class BothSides implements Receiver {
  readonly #behind: Receiver
  readonly #joins: readonly Operator[]

  constructor(behind: Receiver, joins: readonly Operator[]) {
    this.#behind = behind
    this.#joins = joins
  }

  get isDone(): boolean {
    return this.#behind.isDone ?? false
  }

  receive(key: unknown, value: unknown, timestamp: number, previous: unknown): void {
    for (const join of this.#joins) join.changing!()
    try {
      this.#behind.receive(key, value, timestamp, previous)
    } finally {
      this.#changed(0)
    }
  }

  /** What fails behind one of them is no reason for the others to wait. */
  #changed(index: number): void {
    const join = this.#joins[index]
    if (!join) return
    try {
      join.changed!()
    } finally {
      this.#changed(index + 1)
    }
  }
}
