/** A request, or a part of one, that cannot be granted. Nothing of it was done. */

import { ExpectedError } from '../bytes/expected-error.ts'
import { DamagedLogError, LogError } from '../log/log-error.ts'
import { errorCodes, type ErrorName } from '../protocol/error-codes.ts'

export class RequestError extends ExpectedError {
  override readonly name = 'RequestError'
  /** Kafka's name for what is wrong. */
  readonly errorName: ErrorName

  constructor(errorName: ErrorName, message: string) {
    super(message)
    this.errorName = errorName
  }

  get errorCode(): number {
    return errorCodes[this.errorName]
  }
}

export interface Refusal {
  readonly errorCode: number
  readonly errorMessage: string
}

/** Returns what a client is told of `error`. @throws `error` itself where it is a bug of ours */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof RequestError || error instanceof LogError) {
    return { errorCode: errorCodes[error.errorName], errorMessage: error.message }
  }
  if (isOfDisk(error)) {
    return { errorCode: errorCodes.KAFKA_STORAGE_ERROR, errorMessage: error.message }
  }
  throw error
}

/** Returns what `change` returns or, where it throws, what a client is told of that. */
export function orRefusal<Result>(change: () => Result): Result | Refusal {
  try {
    return change()
  } catch (error) {
    return refusalOf(error)
  }
}

/** Whether the system, or what the disk holds, is to blame: the system's codes begin with an E. */
function isOfDisk(error: unknown): error is Error {
  if (error instanceof DamagedLogError) return true
  if (!(error instanceof Error) || !('code' in error)) return false
  return typeof error.code === 'string' && /^E[A-Z0-9]+$/.test(error.code)
}
