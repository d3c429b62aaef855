/**
 * Puts a segment that compaction has written in the place of those it was made from. Each step can
 * be the last one before a power failure, see `files.ts`:
 *
 * 1. The new segment is on the disk, as `.cleaned`, and so is what is known of producers where it
 *    ends: its batches do not tell that any more.
 * 2. It is renamed to `.swap`, and the folder synced. From here on a new start finishes the rest.
 * 3. Reads go to the new segment. The old ones are removed, but for the one of the same name, and
 *    the folder is synced.
 * 4. The new one takes its final name, and the place of that one.
 */

import type { Logger } from '../../runtime/runtime.ts'
import { replaceFile } from '../../storage/whole-file.ts'
import type { Storage } from '../../storage/storage.ts'
import { crc32c } from '../../record/crc32c.ts'
import { removeSegmentFiles, swapSuffix } from './files.ts'
import { readSnapshot, snapshotPath } from '../log-state.ts'
import { encodeProducerSnapshot } from '../producer/producer-snapshot.ts'
import { restoreState } from '../recovery/replay.ts'
import { Segment } from '../segment/segment.ts'
import { writeIndexFiles } from '../segment/segment-indexes.ts'
import type { SegmentIndexes } from '../segment/segment-indexes.ts'

export interface SwapParts {
  readonly storage: Storage
  readonly folder: string
  readonly logger: Logger
  /** Whether the folder is still that of the log. */
  readonly isGone: () => boolean
  readonly indexes: SegmentIndexes
  /** Neighbours, oldest first. */
  readonly replaced: readonly Segment[]
}

export class SegmentSwap {
  readonly replaced: readonly Segment[]
  readonly segment: Segment
  readonly #parts: SwapParts
  #areOldRemoved = false

  /** The file must be there, as `.swap`. */
  constructor(parts: SwapParts) {
    this.#parts = parts
    this.replaced = parts.replaced
    this.segment = new Segment(parts, parts.replaced[0]!.baseOffset, 'swap')
    this.segment.useIndexes(parts.indexes)
  }

  /** Does what is still to be done; to be called again where it fails. */
  async finish(): Promise<void> {
    const { storage, folder, isGone } = this.#parts
    if (isGone()) return
    if (!this.#areOldRemoved) {
      for (const segment of this.replaced) segment.close()
      for (const segment of this.replaced.slice(1)) removeSegmentFiles(storage, segment.path)
      await storage.syncFolder(folder)
      this.#areOldRemoved = true
    }
    if (isGone()) return
    this.segment.settle()
    this.#writeIndexes()
    for (const segment of this.replaced.slice(1)) {
      storage.remove(snapshotPath(segment, segment.baseOffset))
    }
    await storage.syncFolder(folder)
  }

  #writeIndexes(): void {
    const { storage, logger } = this.#parts
    try {
      writeIndexFiles(storage, this.segment.path, this.segment.indexes)
    } catch (error) {
      // They are made again when they are needed.
      logger.warn('could not write the index files of a segment', {
        path: this.segment.path,
        error,
      })
    }
  }
}

/**
 * Makes what a snapshot at `offset` says of producers survive, with the checksums that the index
 * files of the segment before it are going to have.
 */
export async function saveSnapshot(
  storage: Storage,
  before: Segment,
  { offset, indexes }: { readonly offset: number; readonly indexes: SegmentIndexes },
): Promise<void> {
  const snapshot = readSnapshot(storage, before, offset)
  if (!snapshot?.own) throw new Error(`there is no snapshot at offset ${offset}`)
  indexes.finish()
  const { producers, epochs } = restoreState(snapshot, snapshot.own)
  const checksums = {
    index: crc32c(indexes.offsets.encode()),
    timeIndex: crc32c(indexes.times.encode()),
    transactionIndex: crc32c(indexes.aborted.encode()),
  }
  const bytes = encodeProducerSnapshot(producers.producers, { epochs: epochs.entries, checksums })
  await replaceFile(storage, snapshotPath(before, offset), bytes)
}

/** Renames the file of a new segment: once this is done, the swap is going to happen. */
export async function commitSwap(
  { storage, folder }: { readonly storage: Storage; readonly folder: string },
  { from, path }: { readonly from: string; readonly path: string },
): Promise<void> {
  storage.rename(from, path + swapSuffix)
  await storage.syncFolder(folder)
}
