/** Snappy and LZ4 in plain TypeScript, for every platform. */

import type { Compressor } from './compression.ts'
import { readLz4 } from './lz4-reader.ts'
import { writeLz4 } from './lz4-writer.ts'
import { readSnappy } from './snappy-reader.ts'
import { writeSnappy } from './snappy-writer.ts'

export const snappy: Compressor = { compress: writeSnappy, decompress: readSnappy }
export const lz4: Compressor = { compress: writeLz4, decompress: readLz4 }
