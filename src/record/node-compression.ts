/**
 * All of Kafka's codecs on Node, synchronous: gzip and zstd from `node:zlib`, Snappy and LZ4
 * compressed by WebAssembly. Those two are decompressed by our own readers, since the module traps
 * on damaged input, loses some of its stack each time, and in the end fails for valid input too.
 */

import zlib from 'node:zlib'
import { lz4Compress, snappyCompress } from '@platformatic/wasm-utils/bundled'

import { damaged, tooLarge } from './compression.ts'
import type { Codecs, CompressionName, Compressor } from './compression.ts'
import { readLz4 } from './lz4.ts'
import { readSnappy, writeXerial } from './snappy.ts'

const gzip = zlibCodec('gzip', zlib.gzipSync, zlib.gunzipSync)

const snappy: Compressor = {
  compress: (bytes) => writeXerial(bytes, (chunk) => snappyCompress(chunk as Buffer)),
  decompress: readSnappy,
}

const lz4: Compressor = {
  compress: (bytes) => plain(lz4Compress(bytes as Buffer)),
  decompress: readLz4,
}

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
