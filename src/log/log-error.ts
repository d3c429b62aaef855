/** What can go wrong in a log: requests that are refused, and damage found at start-up. */

export interface LogErrorDetails {
  /**
   * Whether what was asked for may have happened all the same, and may show after a restart.
   *
   * @default false
   */
  readonly maybeApplied?: boolean
  readonly cause?: unknown
}

/** A request to a log failed. Nothing of it was stored, unless `maybeApplied`. */
export class LogError extends Error {
  override readonly name = 'LogError'
  /** Kafka's name for what is wrong, a key of its error codes. */
  readonly errorName: LogErrorName
  readonly maybeApplied: boolean

  constructor(errorName: LogErrorName, message: string, details: LogErrorDetails = {}) {
    super(message, { cause: details.cause })
    this.errorName = errorName
    this.maybeApplied = details.maybeApplied ?? false
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

/**
 * A log cannot be opened without giving up records that may have been acknowledged, which is not
 * for a program to decide. It is not retriable: somebody has to look at `path`.
 */
export class DamagedLogError extends Error {
  override readonly name = 'DamagedLogError'
  readonly path: string
  /** Byte position in the file at which the damage begins. */
  readonly position: number

  constructor(damage: {
    readonly path: string
    readonly position: number
    readonly reason: string
    readonly advice?: string
  }) {
    const advice =
      damage.advice ??
      'restore the file from a backup; or, to give up the damaged records and all after them in ' +
        'this partition, truncate the file at that position and remove its later segments'
    const where = `'${damage.path}' is damaged at byte ${damage.position}`
    super(`${where}: ${damage.reason}. To go on, ${advice}`)
    this.path = damage.path
    this.position = damage.position
  }
}
