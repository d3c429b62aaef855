/** The settings of `mapAsync`, once they are checked. */

import { durationMs } from '../../client/failure/duration.ts'
import { wholeNumber } from '../../client/settings/kafka-options.ts'
import type { MapAsyncOptions as Settings } from '../operators/map-async.ts'
import type { RecordFunction } from '../operators/stateless.ts'
import type { MapAsyncOptions } from './carried-options.ts'

/** @throws InvalidOptionError */
export function asyncSettings(
  map: RecordFunction,
  { concurrency = 16, ordered = 'key', retry, timeout }: MapAsyncOptions,
): Omit<Settings, 'context'> {
  return {
    map,
    concurrency: wholeNumber('concurrency', concurrency, 1),
    ordered,
    attemptsMax: retry ? wholeNumber('maxAttempts', retry.maxAttempts ?? 3, 1) : 1,
    baseMs: durationMs('baseDelay', retry?.baseDelay ?? '1s'),
    maxMs: durationMs('maxDelay', retry?.maxDelay ?? '30s'),
    timeoutMs: timeout === undefined ? undefined : durationMs('timeout', timeout),
  }
}
