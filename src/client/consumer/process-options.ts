/** The options of `consumer.process`, checked once. */

import { durationMs, type Duration } from '../failure/duration.ts'
import { refuse } from '../failure/refuse.ts'
import type { Producer } from '../producer/producer.ts'
import type { KafkaRecord } from '../record/kafka-record.ts'
import { oneOf, wholeNumber } from '../settings/kafka-options.ts'

/** What is done with each record. Whatever it returns, or resolves with, is not looked at. */
export type RecordHandler<Value, Key> = (
  record: KafkaRecord<Value, Key>,
  context: HandlerContext,
) => unknown

/** What a handler is told beside the record. */
export interface HandlerContext {
  /** Aborted when the time for the record is up, and when the consumer is to be closed. */
  readonly signal: AbortSignal
  /** 1 for the first attempt at this record. */
  readonly attempt: number
}

/** The options of `consumer.process`. */
export interface ProcessOptions {
  /** Records that are worked on at the same time. @default 10 */
  readonly concurrency?: number
  /**
   * What is done one after the other: records with the same key, where those without one have no
   * order; records of the same partition; or nothing.
   *
   * @default 'key'
   */
  readonly ordered?: 'key' | 'partition' | false
  /** How a record is tried again whose handler failed, with whatever error. */
  readonly retry?: HandlerRetryOptions
  /**
   * The topic for records whose handler failed each time, or that cannot be read. Their bytes go
   * there as they are, with headers that say whence they come and what went wrong. Without it the
   * consumer is closed, and `process` throws what the handler threw.
   */
  readonly deadLetter?: string
  /** How long one attempt may take; a handler that does not end then runs on. @default none */
  readonly timeout?: Duration
  /** Closes the consumer, once the handlers that run have ended. */
  readonly signal?: AbortSignal
}

/** How a record is tried again whose handler failed. */
export interface HandlerRetryOptions {
  /** How often a record is tried in all. @default 3 */
  readonly maxAttempts?: number
  /** The wait before the second attempt; it doubles before each one after that. @default '1s' */
  readonly baseDelay?: Duration
  /** The longest wait. @default '30s' */
  readonly maxDelay?: Duration
}

/** Opens a producer of bytes for records that could not be processed. */
export type OpenDeadLetters = (topic: string) => Producer<Uint8Array, Uint8Array>

export interface ResolvedProcessOptions {
  readonly concurrency: number
  readonly ordered: 'key' | 'partition' | false
  readonly maxAttempts: number
  readonly baseMs: number
  readonly maxMs: number
  readonly timeoutMs: number | undefined
  readonly deadLetter: string | undefined
}

/** @throws InvalidOptionError, naming the option that cannot work */
export function resolveProcessOptions(options: ProcessOptions): ResolvedProcessOptions {
  const { concurrency = 10, ordered = 'key', retry = {}, ...rest } = options
  const { deadLetter, timeout, signal: _, ...others } = rest
  const { maxAttempts = 3, baseDelay = '1s', maxDelay = '30s', ...otherRetry } = retry
  refuse({ ...others, ...otherRetry })
  return {
    concurrency: wholeNumber('concurrency', concurrency, 1),
    ordered: oneOf('ordered', ordered, ['key', 'partition', false]),
    maxAttempts: wholeNumber('retry.maxAttempts', maxAttempts, 1),
    baseMs: durationMs('retry.baseDelay', baseDelay),
    maxMs: durationMs('retry.maxDelay', maxDelay),
    timeoutMs: timeout === undefined ? undefined : durationMs('timeout', timeout),
    deadLetter,
  }
}
