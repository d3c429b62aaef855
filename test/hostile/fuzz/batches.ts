/** Record batches as clients send them, and as no client would. */

import * as batchLayout from '../../../src/record/batch-layout.ts'
import { batchPrefixBytes, setCrc } from '../../../src/record/batch.ts'
import { writeBatch } from '../../../src/record/batch-writer.ts'
import { compressionNames } from '../../../src/record/compression.ts'
import { nodeCodecs } from '../../../src/record/node-compression.ts'
import type { SeededRandom } from '../../support/random.ts'
import { meaningful, type Knowledge } from './known-values.ts'
import { boundsOf } from './bounds.ts'

/** Field of the header, and its width in bytes. */
const headerFields = [
  ['baseOffset', 8],
  ['batchLength', 4],
  ['partitionLeaderEpoch', 4],
  ['magic', 1],
  ['crc', 4],
  ['attributes', 2],
  ['lastOffsetDelta', 4],
  ['baseTimestamp', 8],
  ['maxTimestamp', 8],
  ['producerId', 8],
  ['producerEpoch', 2],
  ['baseSequence', 4],
  ['recordCount', 4],
] as const

/** Returns the bytes of a produce request's `records`. */
export function randomRecords(random: SeededRandom, known: Knowledge): Uint8Array | null {
  if (random.below(30) === 0) return null
  if (random.below(30) === 0) return random.bytes(random.below(200))
  const count = random.below(12) === 0 ? 2 : 1
  const parts = Array.from({ length: count }, () => randomBatch(random, known))
  return new Uint8Array(Buffer.concat(parts))
}

function randomBatch(random: SeededRandom, known: Knowledge): Uint8Array {
  const isTransactional = random.below(3) === 0
  const isIdempotent = isTransactional || random.below(3) === 0
  const size = random.below(40) === 0 ? 20_000 : random.below(100)
  const records = Array.from({ length: 1 + random.below(5) }, (_, index) => ({
    key: random.below(3) === 0 ? null : `k${random.below(5)}`,
    value: random.below(8) === 0 ? null : 'v'.repeat(size),
    timestamp: 1_700_000_000_000 + index,
  }))
  const batch = writeBatch(records, {
    compression: random.below(2) === 0 ? 'none' : random.pick(compressionNames),
    codecs: nodeCodecs,
    isTransactional,
    ...(isIdempotent && {
      producerId: integerOf(meaningful(known, 'producerId', random)),
      producerEpoch: integerOf(meaningful(known, 'producerEpoch', random)),
      baseSequence: random.pick([0, 0, 0, 1, 5, 2 ** 31 - 1]),
    }),
  }) as Uint8Array
  const damaged = random.below(3) === 0 ? damage(batch, random) : batch
  return damaged
}

function integerOf(value: unknown): number {
  return typeof value === 'number' ? value : 0
}

/** Changes fields or bytes, mostly with a CRC that fits, so that the next check is reached. */
function damage(batch: Uint8Array, random: SeededRandom): Uint8Array {
  const result = batch.slice()
  const view = new DataView(result.buffer)
  for (let changes = 1 + random.below(2); changes > 0; changes--) {
    if (random.below(2) === 0) {
      const [name, width] = random.pick(headerFields)
      const at = { ...batchLayout }[name]
      const value = random.pick(boundsOf(width * 8))
      if (width === 8) view.setBigInt64(at, BigInt.asIntN(64, value))
      else if (width === 4) view.setInt32(at, Number(BigInt.asIntN(32, value)))
      else if (width === 2) view.setInt16(at, Number(BigInt.asIntN(16, value)))
      else view.setInt8(at, Number(BigInt.asIntN(8, value)))
    } else if (result.length > batchLayout.records) {
      const at = batchLayout.records + random.below(result.length - batchLayout.records)
      result[at] = random.pick([0, 1, 0x7f, 0x80, 0xff, random.below(256)])
    }
  }
  const sizeBytes = view.getInt32(batchLayout.batchLength) + batchPrefixBytes
  const isWhole = sizeBytes > batchLayout.records && sizeBytes <= result.length
  if (isWhole && random.below(5) > 0) setCrc(result)
  if (random.below(10) === 0) return result.subarray(0, random.below(result.length))
  return result
}
