/** Reads whole batches from one segment, straight into the memory that is handed out. */

import { takeMemory } from '../../bytes/pooled-memory.ts'
import * as batchLayout from '../../record/batch-layout.ts'
import { batchHeaderBytes, batchPrefixBytes } from '../../record/batch.ts'
import { readInt64 } from './batch-walker.ts'
import type { OffsetGap } from '../gap-watch.ts'
import { LogError } from '../log-error.ts'
import type { Segment } from './segment.ts'

export interface BatchRead {
  /** What is asked for. */
  readonly offset: number
  /** Position of the first batch. */
  readonly position: number
  readonly maxBytes: number
  /** Whether the first batch is given even if it is larger than `maxBytes`. */
  readonly minOneBatch: boolean
  /** Batches that begin at this offset or later are not given. */
  readonly endOffset: number
  /** No batch begins here or later. */
  readonly logEndOffset: number
}

export interface ReadResult {
  /**
   * Whole batches; empty where there are none, or the first one is too large. The memory may be
   * pooled (`bytes/pooled-memory.ts`), and belongs to the caller.
   */
  readonly records: Uint8Array
  /** The offset after the last of these batches; the one asked for where there are none. */
  readonly nextOffset: number
  /** The first place on the way where offsets do not follow on each other. */
  readonly gap?: OffsetGap
}

export const noRecords = new Uint8Array(0)

/**
 * Returns batches of `segment`, as many bytes of them as were asked for.
 *
 * @throws LogError with KAFKA_STORAGE_ERROR where the length or the offset of the first one, which
 *   its checksum does not cover, cannot be right
 */
export function readBatches(segment: Segment, read: BatchRead): ReadResult | undefined {
  const available = segment.sizeBytes - read.position
  const wanted = Math.min(available, Math.max(read.maxBytes, batchHeaderBytes))
  let bytes = readBytes(segment, read.position, wanted)
  const { baseOffset, sizeBytes: firstBytes } = startOfFirst(bytes)
  const isWhole = firstBytes <= available && firstBytes >= batchHeaderBytes
  if (!isWhole || baseOffset >= read.logEndOffset) {
    const place = `byte ${read.position} of ${segment.filePath}`
    const what = isWhole ? `of this log (its offset is ${baseOffset})` : 'that is whole'
    throw new LogError('KAFKA_STORAGE_ERROR', `there is no batch ${what} at ${place}`)
  }
  if (firstBytes > read.maxBytes) {
    if (!read.minOneBatch) return undefined
    if (firstBytes > bytes.length) bytes = readBytes(segment, read.position, firstBytes)
    else bytes = bytes.subarray(0, firstBytes)
  }
  return wholeBatches(bytes, read)
}

function readBytes(segment: Segment, position: number, length: number): Uint8Array {
  const bytes = takeMemory(length)
  return bytes.subarray(0, segment.file.read(position, bytes))
}

function startOfFirst(bytes: Uint8Array): { baseOffset: number; sizeBytes: number } {
  if (bytes.length < batchHeaderBytes) return { baseOffset: 0, sizeBytes: Infinity }
  const view = new DataView(bytes.buffer, bytes.byteOffset, batchHeaderBytes)
  const sizeBytes = view.getInt32(batchLayout.batchLength) + batchPrefixBytes
  return { baseOffset: readInt64(view, 0), sizeBytes }
}

/** Leaves out what is at or beyond `endOffset`, and a batch that is not all there. */
function wholeBatches(
  bytes: Uint8Array,
  { offset, endOffset }: Pick<BatchRead, 'endOffset' | 'offset'>,
): ReadResult | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let position = 0
  let nextOffset = offset
  let gap: OffsetGap | undefined
  while (bytes.length - position >= batchHeaderBytes) {
    const baseOffset = readInt64(view, position)
    const sizeBytes = view.getInt32(position + batchLayout.batchLength) + batchPrefixBytes
    if (baseOffset >= endOffset || position + sizeBytes > bytes.length) break
    const isNext = position === 0 ? baseOffset <= offset : baseOffset === nextOffset
    if (!isNext) gap ??= { fromOffset: nextOffset, toOffset: baseOffset }
    nextOffset = baseOffset + view.getInt32(position + batchLayout.lastOffsetDelta) + 1
    position += sizeBytes
  }
  if (position === 0) return undefined
  const records = bytes.subarray(0, position)
  return gap ? { records, nextOffset, gap } : { records, nextOffset }
}
