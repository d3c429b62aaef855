/**
 * The names and numbers of Kafka's compression types, and what a codec must offer. Which codecs
 * there are is chosen at the edge: `node-compression.ts` has all, `web-compression.ts` no zstd.
 */

/** In the order of their numbers in a batch's attributes. */
export const compressionNames = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const

export type CompressionName = (typeof compressionNames)[number]

export interface Compressor {
  compress(bytes: Uint8Array): Uint8Array | Promise<Uint8Array>
  /**
   * Never holds more than about `maxBytes` of output, whatever the input claims.
   *
   * @throws InvalidBatchError where the input is damaged or comes to more than `maxBytes`
   */
  decompress(bytes: Uint8Array, maxBytes: number): Uint8Array | Promise<Uint8Array>
}

/** The codecs that a program has. `none` needs none. */
export type Codecs = Readonly<Partial<Record<Exclude<CompressionName, 'none'>, Compressor>>>

/** For programs that read and write uncompressed batches only. */
export const noCodecs: Codecs = Object.freeze({})

/** Returns the number that stands for `name` in a batch's attributes. */
export function compressionId(name: CompressionName): number {
  return compressionNames.indexOf(name)
}
