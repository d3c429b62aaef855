/**
 * All of Kafka's codecs on Node, synchronous: gzip and zstd from `node:zlib`, the others in
 * TypeScript.
 */

import zlib from 'node:zlib'

import { damaged, tooLarge } from './compression.ts'
import type { Codecs, CompressionName, Compressor } from './compression.ts'
import { lz4, snappy } from './lz-codecs.ts'

type Compress = (bytes: Uint8Array) => Buffer
type Decompress = (
  bytes: Uint8Array,
  options: { readonly maxOutputLength: number; readonly info: boolean },
) => Buffer

/** What `info: true` makes of the result; `bytesWritten` are the bytes of input that were used. */
interface Inflated {
  readonly buffer: Buffer
  readonly engine: { readonly bytesWritten: number }
}

const gzip = zlibCodec('gzip', zlib.gzipSync, zlib.gunzipSync)

/** Runtimes that are not quite Node may have no zstd. */
const zstd =
  typeof zlib.zstdCompressSync === 'function'
    ? zlibCodec('zstd', zlib.zstdCompressSync, zlib.zstdDecompressSync)
    : undefined

export const nodeCodecs: Codecs = Object.freeze({
  gzip,
  snappy,
  lz4,
  ...(zstd === undefined ? {} : { zstd }),
})

function zlibCodec(name: CompressionName, compress: Compress, decompress: Decompress): Compressor {
  return {
    compress: (bytes) => plain(compress(bytes)),
    decompress(bytes, maxBytes) {
      const { buffer, engine } = inflate(bytes, maxBytes)
      if (buffer.length > maxBytes) throw tooLarge(name, maxBytes)
      // Zstd stops at the end of a frame, and says nothing of what it left.
      if (engine.bytesWritten < bytes.length) throw damaged(name, 'more follows its end')
      return plain(buffer)
    },
  }

  function inflate(bytes: Uint8Array, maxBytes: number): Inflated {
    // Node takes no limit of 0.
    const options = { maxOutputLength: Math.max(1, maxBytes), info: true }
    try {
      const result: Buffer | Inflated = decompress(bytes, options)
      // Not every runtime that has `node:zlib` knows `info`.
      if (result instanceof Uint8Array)
        return { buffer: result, engine: { bytesWritten: bytes.length } }
      return result
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      if (code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(name, maxBytes)
      throw damaged(name, message, error)
    }
  }
}

/** Views of a plain array are cheaper to make than views of a `Buffer`. */
function plain(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length)
}
