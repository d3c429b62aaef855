/**
 * All of Kafka's codecs on Node, synchronous: gzip and zstd from `node:zlib`, the others in
 * TypeScript.
 */

import zlib from 'node:zlib'

import { damaged, tooLarge } from './compression.ts'
import type { Codecs, CompressionName, Compressor } from './compression.ts'
import { lz4, snappy } from './lz-codecs.ts'

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

type Compress = (bytes: Uint8Array) => Buffer
type Decompress = (bytes: Uint8Array, options: { readonly maxOutputLength: number }) => Buffer

function zlibCodec(name: CompressionName, compress: Compress, decompress: Decompress): Compressor {
  return {
    compress: (bytes) => plain(compress(bytes)),
    decompress(bytes, maxBytes) {
      try {
        return plain(decompress(bytes, { maxOutputLength: Math.max(1, maxBytes) }))
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException
        if (code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(name, maxBytes)
        throw damaged(name, message, error)
      }
    },
  }
}

/** Views of a plain array are cheaper to make than views of a `Buffer`. */
function plain(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length)
}
