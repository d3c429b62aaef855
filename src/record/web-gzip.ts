/** Gzip by the platform's own streams, for browsers and the edge. */

import { InvalidBatchError } from './batch.ts'
import type { Compressor } from './compression.ts'
import { damaged, tooLarge } from './decompression-failures.ts'

export const gzip: Compressor = {
  compress: (bytes) => pipe(bytes, new CompressionStream('gzip'), Infinity),
  async decompress(bytes, maxBytes) {
    try {
      return await pipe(bytes, new DecompressionStream('gzip'), maxBytes)
    } catch (error) {
      if (error instanceof InvalidBatchError) throw error
      throw damaged('gzip', String(error), error)
    }
  },
}

/** Sends `bytes` through `transform` and collects what comes out, up to `maxBytes`. */
async function pipe(
  bytes: Uint8Array,
  transform: CompressionStream | DecompressionStream,
  maxBytes: number,
): Promise<Uint8Array> {
  const writer = transform.writable.getWriter()
  const written = writer.write(bytes as BufferSource).then(() => writer.close())
  const pieces: Uint8Array[] = []
  let length = 0
  try {
    for await (const piece of transform.readable) {
      length += piece.length
      if (length > maxBytes) throw tooLarge('gzip', maxBytes)
      pieces.push(piece)
    }
  } finally {
    // A read that failed makes the write fail too, for the same reason.
    await Promise.allSettled([written])
  }
  await written
  const whole = new Uint8Array(length)
  let position = 0
  for (const piece of pieces) {
    whole.set(piece, position)
    position += piece.length
  }
  return whole
}
