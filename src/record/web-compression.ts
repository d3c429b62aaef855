/**
 * Codecs for browsers and the edge: gzip by the platform's streams; Snappy and LZ4 in TypeScript.
 * They are loaded when they are needed, since most pages never are given such a batch; so all of
 * them are asynchronous. Nothing there knows zstd.
 */

import type { Codecs, Compressor } from './compression.ts'

export const webCodecs: Codecs = Object.freeze({
  gzip: loaded(async () => (await import('./web-gzip.ts')).gzip),
  snappy: loaded(async () => (await import('./lz-codecs.ts')).snappy),
  lz4: loaded(async () => (await import('./lz-codecs.ts')).lz4),
})

function loaded(load: () => Promise<Compressor>): Compressor {
  return {
    compress: async (bytes) => (await load()).compress(bytes),
    decompress: async (bytes, maxBytes) => (await load()).decompress(bytes, maxBytes),
  }
}
