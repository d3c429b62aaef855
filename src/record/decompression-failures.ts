/** What codecs say of bytes that they do not decompress; loaded with the first of them. */

import { InvalidBatchError } from './batch.ts'
import type { CompressionName } from './compression.ts'

/** The error of every codec for output over its limit. */
export function tooLarge(name: CompressionName, maxBytes: number): InvalidBatchError {
  return new InvalidBatchError(
    'MESSAGE_TOO_LARGE',
    `${name} data comes to more than ${maxBytes} bytes`,
  )
}

/** The error of every codec for input that it cannot read. */
export function damaged(name: CompressionName, reason: string, cause?: unknown): InvalidBatchError {
  return new InvalidBatchError(
    'CORRUPT_MESSAGE',
    `${name} data is damaged: ${reason}`,
    cause === undefined ? undefined : { cause },
  )
}
