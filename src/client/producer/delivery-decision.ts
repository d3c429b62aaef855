/** What becomes of a batch that was not stored: a table, apart from the sending itself. */

import type { KafkaError } from '../failure/errors.ts'

export interface FailedAttempt {
  readonly error: KafkaError
  readonly isIdempotent: boolean
  /** Whether it is a part of a transaction, which is all or nothing. @default false */
  readonly isTransactional?: boolean
  /** Whether a batch that was sent before this one is not settled yet. */
  readonly hasEarlier: boolean
  /** Whether an earlier attempt may have succeeded without our knowing. */
  readonly maybeApplied: boolean
  /** Whether the limit of retries, or of time, is reached. */
  readonly isLast: boolean
}

/**
 * - `retry`: send it again, as it is
 * - `renumber`: send it again under a new identity
 * - `stored`: it is in the log, from an attempt whose answer was lost
 * - `fail`: tell the program
 * - `fail-and-renumber`: tell the program, and go on under a new identity
 */
export type Decision = 'retry' | 'renumber' | 'stored' | 'fail' | 'fail-and-renumber'

export function decide(attempt: FailedAttempt): Decision {
  const { error, isIdempotent, isTransactional, hasEarlier, maybeApplied, isLast } = attempt
  switch (error.kafkaName) {
    case 'DUPLICATE_SEQUENCE_NUMBER':
      return 'stored'

    case 'OUT_OF_ORDER_SEQUENCE_NUMBER':
    case 'UNKNOWN_PRODUCER_ID':
    case 'INVALID_PRODUCER_EPOCH':
      if (!isIdempotent) return 'fail'
      // A higher epoch of the same producer has ended the transaction: earlier batches, too.
      if (isTransactional && error.kafkaName === 'INVALID_PRODUCER_EPOCH') return 'fail'
      // It was refused because the batch before it was: that one is to go first.
      if (hasEarlier) return 'retry'
      // Whether it is stored does not matter: the transaction is aborted.
      if (isTransactional) return 'fail'
      // The broker's count is not ours. Under a new identity it cannot know the batch again, so
      // that is only for batches which certainly were not stored.
      if (maybeApplied) return 'fail-and-renumber'
      return isLast ? 'fail-and-renumber' : 'renumber'

    default: {
      // A topic that is being created, or moved, is unknown to some brokers for a moment.
      const mayPass = error.retriable || error.kafkaName === 'UNKNOWN_TOPIC_OR_PARTITION'
      return mayPass && !isLast ? 'retry' : 'fail'
    }
  }
}
