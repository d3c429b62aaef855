/** What can go wrong in a log: requests that are refused, and damage found at start-up. */

import { ExpectedError } from '../bytes/expected-error.ts'

export interface LogErrorDetails {
  /**
   * Whether what was asked for may have happened all the same, and may show after a restart.
   *
   * @default false
   */
  readonly maybeApplied?: boolean
  /** Of the records that are to blame, in their batch. @default none is known */
  readonly recordIndexes?: readonly number[]
  readonly cause?: unknown
}

/** A request to a log failed. Nothing of it was stored, unless `maybeApplied`. */
export class LogError extends ExpectedError {
  override readonly name = 'LogError'
  /** Kafka's name for what is wrong, a key of its error codes. */
  readonly errorName: LogErrorName
  readonly maybeApplied: boolean
  readonly recordIndexes: readonly number[]

  constructor(errorName: LogErrorName, message: string, details: LogErrorDetails = {}) {
    super(message, { cause: details.cause })
    this.errorName = errorName
    this.maybeApplied = details.maybeApplied ?? false
    this.recordIndexes = details.recordIndexes ?? []
  }
}

export type LogErrorName =
  | 'CORRUPT_MESSAGE'
  | 'INVALID_CONFIG'
  | 'INVALID_PRODUCER_EPOCH'
  | 'INVALID_RECORD'
  | 'INVALID_TIMESTAMP'
  | 'INVALID_TXN_STATE'
  | 'KAFKA_STORAGE_ERROR'
  | 'MESSAGE_TOO_LARGE'
  | 'OFFSET_OUT_OF_RANGE'
  | 'OUT_OF_ORDER_SEQUENCE_NUMBER'
  | 'RECORD_LIST_TOO_LARGE'
  | 'TRANSACTION_COORDINATOR_FENCED'
  | 'UNKNOWN_TOPIC_OR_PARTITION'
  | 'UNSUPPORTED_COMPRESSION_TYPE'
  | 'UNSUPPORTED_FOR_MESSAGE_FORMAT'

/** What is wrong with a log, and where. */
export interface LogDamage {
  readonly path: string
  readonly position: number
  readonly reason: string
  /** The offset after the last batch before the damage, where that is known. */
  readonly endOffset?: number
  /** Records below it were on the disk; `undefined` where nothing is known. */
  readonly recoveryPoint?: number | undefined
}

/**
 * A log cannot be opened without giving up records that may have been acknowledged, which is not
 * for a program to decide. It is not retriable: somebody has to look at `path`.
 */
export class DamagedLogError extends Error {
  override readonly name = 'DamagedLogError'
  readonly path: string
  /** Byte position in the file at which the damage begins. */
  readonly position: number
  /** The offset of the first record that is damaged or missing; `undefined` where not known. */
  readonly offset: number | undefined

  constructor({ path, position, reason, endOffset, recoveryPoint }: LogDamage) {
    const at = endOffset === undefined ? '' : ` (offset ${endOffset})`
    const known =
      recoveryPoint === undefined
        ? ''
        : `; all below offset ${recoveryPoint} was on the disk before`
    super(
      `'${path}' is damaged at byte ${position}${at}: ${reason}${known}. To go on, restore it ` +
        'from a backup; or give up the damaged records, and keep those before and after them, ' +
        "with 'kafka.do repair <data folder>'",
    )
    this.path = path
    this.position = position
    this.offset = endOffset
  }
}

/** Whether the disk has no space, or none for us. */
export function isDiskFull(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return code === 'ENOSPC' || code === 'EDQUOT'
}
