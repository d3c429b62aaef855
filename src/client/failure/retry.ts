/** Trying again: for programs, and inside this package. */

import type { Clock, Random } from '../../runtime/runtime.ts'
import { systemClock, systemRandom } from '../../runtime/system-runtime.ts'
import { abortable } from './deadline.ts'
import { durationMs, type Duration } from './duration.ts'
import { InvalidOptionError, KafkaError } from './errors.ts'
import { refuse } from './refuse.ts'

/** The options of `withRetry`. */
export interface RetryOptions {
  /** How often the operation is tried in all. @default 3 */
  readonly maxAttempts?: number
  /** The wait before the second attempt; it doubles before each one after that. @default '1s' */
  readonly baseDelay?: Duration
  /** The longest wait. @default '30s' */
  readonly maxDelay?: Duration
  /** Ends the waiting; the signal's reason is thrown. */
  readonly signal?: AbortSignal
  /** Who waits, and for how long: a `ManualClock` in tests. @default the platform's */
  readonly clock?: Clock
  /** Where the jitter comes from. @default the platform's */
  readonly random?: Random
}

/**
 * Runs `operation` until it succeeds, fails with an error that is not retriable, or was tried
 * `maxAttempts` times.
 *
 * @throws whatever the last attempt threw
 */
export async function withRetry<Result>(
  operation: () => Result | Promise<Result>,
  options: RetryOptions = {},
): Promise<Result> {
  const { maxAttempts = 3, baseDelay = '1s', maxDelay = '30s', signal, ...rest } = options
  const { clock = systemClock, random = systemRandom, ...others } = rest
  refuse(others)
  const baseMs = durationMs('baseDelay', baseDelay)
  const maxMs = durationMs('maxDelay', maxDelay)
  if (!(maxAttempts >= 1)) {
    throw new InvalidOptionError({
      option: 'maxAttempts',
      expected: 'a number of at least 1',
      actual: maxAttempts,
    })
  }
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted()
    try {
      return await operation()
    } catch (error) {
      if (!KafkaError.is(error) || !error.retriable || attempt >= maxAttempts) throw error
    }
    await delay(backoffMs({ attempt, baseMs, maxMs, random }), clock, signal)
  }
}

/**
 * Returns how long to wait after `attempt` attempts: twice as long each time, more or less a fifth,
 * so that clients that failed together do not come back together.
 */
export function backoffMs(options: {
  readonly attempt: number
  readonly baseMs: number
  readonly maxMs: number
  readonly random: Random
}): number {
  const { attempt, baseMs, maxMs, random } = options
  const jitter = 0.8 + 0.4 * random.number()
  return Math.min(maxMs, baseMs * 2 ** Math.min(attempt - 1, 30)) * jitter
}

/** Resolves after `delayMs`. @throws the reason of `signal`, at once when that is aborted */
export async function delay(delayMs: number, clock: Clock, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted()
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = clock.after(delayMs, resolve)
  try {
    await abortable(promise, signal)
  } finally {
    timer.cancel()
  }
}
