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
   * @throws DecompressionError where the input is damaged or comes to more than `maxBytes`
   */
  decompress(bytes: Uint8Array, maxBytes: number): Uint8Array | Promise<Uint8Array>
}

/** The codecs that a program has. `none` needs none. */
export type Codecs = Readonly<Partial<Record<Exclude<CompressionName, 'none'>, Compressor>>>

/** For programs that read and write uncompressed batches only. */
export const noCodecs: Codecs = Object.freeze({})

/** Compressed bytes are damaged, or come to more than the reader allows. */
export class DecompressionError extends Error {
  override readonly name = 'DecompressionError'
  /** Kafka's name for what is wrong. */
  readonly errorName: 'CORRUPT_MESSAGE' | 'MESSAGE_TOO_LARGE'

  constructor(
    errorName: DecompressionError['errorName'],
    message: string,
    options?: { readonly cause?: unknown },
  ) {
    super(message, options)
    this.errorName = errorName
  }
}

/** This program has no codec for a batch. */
export class UnsupportedCompressionError extends Error {
  override readonly name = 'UnsupportedCompressionError'
  readonly errorName = 'UNSUPPORTED_COMPRESSION_TYPE'
  readonly compression: CompressionName

  constructor(compression: CompressionName) {
    super(
      `compression '${compression}' is not available here: ` +
        `pass a codec for it, or let the producer use another compression`,
    )
    this.compression = compression
  }
}

/** Returns the number that stands for `name` in a batch's attributes. */
export function compressionId(name: CompressionName): number {
  return compressionNames.indexOf(name)
}

/** Returns the codec for `name`. @throws UnsupportedCompressionError where there is none */
export function codecFor(codecs: Codecs, name: Exclude<CompressionName, 'none'>): Compressor {
  const codec = codecs[name]
  if (codec === undefined) throw new UnsupportedCompressionError(name)
  return codec
}
