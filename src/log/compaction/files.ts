/**
 * The files of a compaction, and what the next start does with those that a crash has left. The
 * names are Kafka's: a segment is written to `<offset>.log.cleaned`, and renamed to
 * `<offset>.log.swap` once it is whole and on the disk. That is the moment from which on it counts:
 *
 * | there is       | a crash interrupted             | so                     |
 * | -------------- | ------------------------------- | ---------------------- |
 * | `.cleaned`     | the writing of a segment        | it is removed          |
 * | `.swap`        | the removal of what it replaces | that is finished       |
 *
 * A segment keeps the last batch of those that it replaces, if only its header, so that the file
 * itself says how far it goes.
 */

import type { Storage } from '../../storage/storage.ts'
import { BatchWalker } from '../segment/batch-walker.ts'
import { DamagedLogError } from '../log-error.ts'
import {
  indexSuffix,
  logSuffix,
  offsetName,
  offsetsOf,
  timeIndexSuffix,
  transactionIndexSuffix,
} from '../log-files.ts'

const cleanedEnding = '.cleaned'
const swapEnding = '.swap'
export const cleanedSuffix = logSuffix + cleanedEnding
export const swapSuffix = logSuffix + swapEnding

const windowBytes = 65_536

/**
 * Finishes or undoes what a crash has interrupted. To be called before anything else is read in
 * `folder`. Returns the names in it.
 *
 * @throws DamagedLogError where the new segment is not whole, though it was on the disk
 */
export function settleCompaction(storage: Storage, folder: string): string[] {
  const names = storage.list(folder)
  const swaps = offsetsOf(names, swapSuffix)
  if (!names.some((name) => name.endsWith(swapEnding) || name.endsWith(cleanedEnding))) return names
  for (const name of names) {
    const isSwappedIndex = name.endsWith(swapEnding) && !name.endsWith(swapSuffix)
    // Indexes are made again; only Kafka has them under such names.
    if (name.endsWith(cleanedEnding) || isSwappedIndex) storage.remove(`${folder}/${name}`)
  }
  for (const offset of swaps) finishSwap(storage, folder, offset)
  return storage.list(folder)
}

function finishSwap(storage: Storage, folder: string, baseOffset: number): void {
  const path = `${folder}/${offsetName(baseOffset)}`
  const endOffset = endOf(storage, path + swapSuffix) ?? baseOffset
  for (const offset of offsetsOf(storage.list(folder), logSuffix)) {
    if (offset <= baseOffset || offset >= endOffset) continue
    removeSegmentFiles(storage, `${folder}/${offsetName(offset)}`)
  }
  storage.rename(path + swapSuffix, path + logSuffix)
}

/** Removes the files of a segment, those that it explains first; `path` is without the ending. */
export function removeSegmentFiles(storage: Storage, path: string): void {
  for (const suffix of [indexSuffix, timeIndexSuffix, transactionIndexSuffix, logSuffix]) {
    storage.remove(path + suffix)
  }
}

/** Returns the offset after the last batch of a file; `undefined` where it has none. */
function endOf(storage: Storage, path: string): number | undefined {
  const file = storage.open(path)
  try {
    const walker = new BatchWalker(file, 0, new Uint8Array(windowBytes))
    let endOffset: number | undefined
    for (; walker.load(); walker.advance()) endOffset = walker.lastOffset + 1
    if (walker.position === file.sizeBytes) return endOffset
    throw new DamagedLogError({
      path,
      position: walker.position,
      reason: 'there is no batch, in a segment that compaction had finished',
    })
  } finally {
    file.close()
  }
}
