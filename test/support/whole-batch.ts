/** Batches as a fetcher hands them over. */

import type { WholeBatch } from '../../src/client/consumer/fetched-records.ts'
import { writeBatch } from '../../src/record/batch-writer.ts'
import { batchHeaderBytes, readBatchHeader, stampBatch } from '../../src/record/batch.ts'

interface Sample {
  readonly key?: string | null
  readonly value: string | null
  readonly timestamp: number
}

interface Place {
  readonly baseOffset?: number
  /** The offset that was asked for. */
  readonly from?: number
}

export function batchOf(
  records: readonly Sample[],
  { baseOffset = 0, from = 0 }: Place = {},
): WholeBatch {
  const bytes = writeBatch(records.map(({ key = null, ...rest }) => ({ key, ...rest })))
  if (!(bytes instanceof Uint8Array))
    throw new TypeError('a batch without a codec is there at once')
  stampBatch(bytes, 0, { baseOffset, leaderEpoch: 0 })
  const header = readBatchHeader(bytes)
  return { partition: undefined as never, from, header, section: bytes.subarray(batchHeaderBytes) }
}
