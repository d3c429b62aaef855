/** Which codec a batch is read and written with, or that there is none. */

import { InvalidBatchError } from './batch.ts'
import type { Codecs, CompressionName, Compressor } from './compression.ts'

/** Returns the codec for `name`. @throws InvalidBatchError where this program has none */
export function codecFor(codecs: Codecs, name: Exclude<CompressionName, 'none'>): Compressor {
  const codec = codecs[name]
  if (codec) return codec
  throw new InvalidBatchError(
    'UNSUPPORTED_COMPRESSION_TYPE',
    `compression '${name}' is not available here: ` +
      'pass a codec for it, or let the producer use another compression',
  )
}
