/**
 * All of Kafka's codecs on Node, synchronous: gzip and zstd from `node:zlib`, the others in
 * TypeScript.
 */

import zlib from 'node:zlib'

import { damaged, tooLarge } from './decompression-failures.ts'
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

/** Frames of zstd that one batch may be made of; writers make one, or one and an empty one. */
const framesMax = 100

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
      if (engine.bytesWritten === bytes.length) return plain(buffer)
      // Node stops at the end of a frame of zstd, and there may be more of them: it writes an empty
      // one itself behind a frame whose length is a multiple of 16 KiB.
      const parts: Buffer[] = [buffer]
      let sizeBytes = buffer.length
      for (let at = engine.bytesWritten; at < bytes.length;) {
        const next = inflate(bytes.subarray(at), maxBytes - sizeBytes)
        sizeBytes += next.buffer.length
        if (sizeBytes > maxBytes) throw tooLarge(name, maxBytes)
        // Each costs as much as a large one, however little it holds.
        const isEndless = next.engine.bytesWritten === 0 || parts.length === framesMax
        if (isEndless) throw damaged(name, 'more follows its end')
        parts.push(next.buffer)
        at += next.engine.bytesWritten
      }
      return plain(Buffer.concat(parts))
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
