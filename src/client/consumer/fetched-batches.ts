/**
 * The batches in one partition's part of a fetch response: which of them hold records for the
 * program, where a transaction was aborted, and where to go on.
 */

import { decodeBatches, readRecordsSection } from '../../record/batch-reader.ts'
import type { BatchHeader } from '../../record/batch.ts'
import { isAbortKey } from '../../record/control-record.ts'
import { RecordCursor, viewOf } from '../../record/record-cursor.ts'

export interface FetchedBatch {
  readonly header: BatchHeader
  /** A view of what was given. */
  readonly bytes: Uint8Array
}

export interface AbortedTransaction {
  readonly producerId: number
  readonly firstOffset: number
}

export interface FetchedBatches {
  readonly batches: readonly FetchedBatch[]
  /** The offset after the last batch, also of those that hold nothing for the program. */
  readonly nextOffset: number
  /** Why the batches end before the response does. */
  readonly error?: Error
}

/**
 * Reads `records`, which begin at or before `position`. Records of transactions in `aborted` are
 * left out, and so are the markers at the end of transactions.
 */
export function readFetched(
  records: Uint8Array,
  position: number,
  aborted: readonly AbortedTransaction[] | null,
): FetchedBatches {
  const batches: FetchedBatch[] = []
  const pending = [...(aborted ?? [])].sort((a, b) => a.firstOffset - b.firstOffset)
  /** Producers whose records belong to an aborted transaction, up to its marker. */
  const aborting = new Set<number>()
  let nextOffset = position
  try {
    for (const { header, bytes } of decodeBatches(records)) {
      const { lastOffset, producerId } = header
      while (pending.length > 0 && pending[0]!.firstOffset <= lastOffset) {
        aborting.add(pending.shift()!.producerId)
      }
      if (header.isControl) {
        if (isAbort(header, bytes)) aborting.delete(producerId)
      } else if (!(header.isTransactional && aborting.has(producerId)) && lastOffset >= position) {
        batches.push({ header, bytes })
      }
      nextOffset = Math.max(nextOffset, lastOffset + 1)
    }
  } catch (error) {
    return { batches, nextOffset, error: error as Error }
  }
  return { batches, nextOffset }
}

function isAbort(header: BatchHeader, bytes: Uint8Array): boolean {
  // Control batches are never compressed, so their records are there at once.
  const section = readRecordsSection(bytes, header) as Uint8Array
  const cursor = new RecordCursor()
  cursor.reset(section, header)
  return cursor.next() && isAbortKey(viewOf(section, cursor.keyStart, cursor.keyLength))
}
