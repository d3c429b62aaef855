/** What a transactional client is told that cannot have what it asks for. */

import { LogError } from '../../log/log-error.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { refusalOf } from '../request-error.ts'

export interface KnownErrors {
  /** Whether the client knows PRODUCER_FENCED (KIP-588). */
  readonly knowsFenced?: boolean
  /** Whether the client knows TRANSACTION_ABORTABLE (KIP-890). */
  readonly knowsAbortable?: boolean
}

/** Returns the code of an error, in a form that the client knows. @throws what is a bug of ours */
export function codeFor(error: unknown, known: KnownErrors = {}): number {
  // Clients take it for final, though it may pass, as a full disk does.
  if (error instanceof LogError && error.errorName === 'KAFKA_STORAGE_ERROR') {
    return errorCodes.COORDINATOR_NOT_AVAILABLE
  }
  const { errorCode } = refusalOf(error)
  if (errorCode === errorCodes.PRODUCER_FENCED && known.knowsFenced === false) {
    return errorCodes.INVALID_PRODUCER_EPOCH
  }
  if (errorCode === errorCodes.TRANSACTION_ABORTABLE && known.knowsAbortable === false) {
    return errorCodes.INVALID_TXN_STATE
  }
  return errorCode
}
