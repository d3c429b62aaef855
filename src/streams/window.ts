/**
 * Windows: which records count together, by their timestamps.
 *
 * A window of time is `[start, end)`; a sliding one includes its end; a session is from its first
 * to its last record. `grace` is how long after its end a window still takes late records.
 */

import { durationMs, type Duration } from '../client/failure/duration.ts'
import { InvalidOptionError } from '../client/failure/errors.ts'

/** What all windows have. */
export interface WindowOptions {
  /** How long after its end a window still takes late records. @default 0 */
  readonly grace?: Duration
}

/** Windows of one size that begin at multiples of `advanceMs`, counted from 1970. */
export interface TimeWindow {
  /** Which of the three it is. */
  readonly kind: 'time'
  /** How long it is, in milliseconds. */
  readonly sizeMs: number
  /** When the next one begins, in milliseconds after its own beginning. */
  readonly advanceMs: number
  /** How long after its end it still takes late records, in milliseconds. */
  readonly graceMs: number
}

/** A window for each set of records that are at most `differenceMs` apart. */
export interface SlidingWindow {
  /** Which of the three it is. */
  readonly kind: 'sliding'
  /** How far apart its records may be, in milliseconds. */
  readonly differenceMs: number
  /** How long after its end it still takes late records, in milliseconds. */
  readonly graceMs: number
}

/** Records of a key follow each other at most `gapMs` apart. */
export interface SessionWindow {
  /** Which of the three it is. */
  readonly kind: 'session'
  /** How long nothing may come, in milliseconds, before it is over. */
  readonly gapMs: number
  /** How long after its end it still takes late records, in milliseconds. */
  readonly graceMs: number
}

/** What the functions of `Window` return. */
export type WindowDefinition = TimeWindow | SlidingWindow | SessionWindow

/** Where a result belongs: the key, and the times between which its records are. */
export interface WindowedKey<Key = unknown> {
  /** The key of its records. */
  readonly key: Key
  /** When the window begins, in milliseconds since 1970. */
  readonly start: number
  /** When it ends, in milliseconds since 1970; a window of time is up to this, without it. */
  readonly end: number
}

/**
 * Returns the JSON of a key with a window, whose own key is text; `undefined` for all else. It is
 * what `JSON.stringify` returns, in half the time.
 */
export function windowedKeyText(windowed: unknown): string | undefined {
  if (!isTextInWindow(windowed)) return undefined
  const { key, start, end } = windowed
  return `{"key":${JSON.stringify(key)},"start":${start},"end":${end}}`
}

const windowedParts = ['key', 'start', 'end']

function isTextInWindow(value: unknown): value is WindowedKey<string> {
  if (typeof value !== 'object' || value === null) return false
  const { key, start, end } = value as Partial<WindowedKey>
  if (typeof key !== 'string' || !Number.isFinite(start) || !Number.isFinite(end)) return false
  let count = 0
  for (const name in value) if (name !== windowedParts[count++]) return false
  return count === windowedParts.length && !('toJSON' in value)
}

/** A result of a window, as programs see it. */
export interface WindowResult<Value> {
  /** The result so far, or of the whole window after `final()`. */
  readonly value: Value
  /** When the window begins, in milliseconds since 1970. */
  readonly start: number
  /** When it ends, in milliseconds since 1970; a window of time is up to this, without it. */
  readonly end: number
}

/** Windows of one size, one after the other, that begin at multiples of it, counted from 1970. */
function tumbling(size: Duration, options: WindowOptions = {}): TimeWindow {
  return hopping(size, size, options)
}

/** Windows of one size that begin each `advance`: a record is in several. */
function hopping(size: Duration, advance: Duration, options: WindowOptions = {}): TimeWindow {
  const sizeMs = positiveMs('size', size)
  const advanceMs = positiveMs('advance', advance)
  if (advanceMs > sizeMs) {
    const expected = `at most the size of the window, which is ${sizeMs} ms`
    throw new InvalidOptionError({ option: 'advance', expected, actual: advance })
  }
  return { kind: 'time', sizeMs, advanceMs, graceMs: graceOf(options) }
}

/** A window for each set of records of a key that are at most `difference` apart. */
function sliding(difference: Duration, options: WindowOptions = {}): SlidingWindow {
  const differenceMs = durationMs('difference', difference)
  return { kind: 'sliding', differenceMs, graceMs: graceOf(options) }
}

/** Records of a key that follow each other at most `gap` apart are one session. */
function session(gap: Duration, options: WindowOptions = {}): SessionWindow {
  return { kind: 'session', gapMs: positiveMs('gap', gap), graceMs: graceOf(options) }
}

/** Windows: which records count together, by their timestamps. */
export const Window = Object.freeze({ tumbling, hopping, sliding, session })

function graceOf({ grace = 0 }: WindowOptions): number {
  return durationMs('grace', grace)
}

export function positiveMs(option: string, duration: Duration): number {
  const milliseconds = durationMs(option, duration)
  if (milliseconds > 0) return milliseconds
  throw new InvalidOptionError({ option, expected: 'longer than nothing', actual: duration })
}
