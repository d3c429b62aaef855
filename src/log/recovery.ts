/**
 * Opens the segments of a log. After a clean shutdown the files say all that is needed. Otherwise
 * the segments that may not have been on the disk are read in full:
 *
 * | the last segments hold                   | then                                            |
 * | ---------------------------------------- | ----------------------------------------------- |
 * | valid batches up to the end              | they are kept, and synced                       |
 * | a bad tail, and no valid batch after it  | the tail was being written: it is cut off       |
 * | a bad stretch, and valid batches after   | acknowledged records may be lost: DamagedLogError |
 * | a bad tail, then a pending segment       | both were being written: cut off, and removed   |
 *
 * A segment is pending until the one before it is on the disk, see `log-files.ts`; so nothing in it
 * can have been acknowledged while that one is not whole.
 */

import type { Logger } from '../runtime/runtime.ts'
import { asideSuffix } from '../storage/whole-file.ts'
import { BatchWalker } from './batch-walker.ts'
import { LeaderEpochs } from './leader-epochs.ts'
import {
  failedSyncFile,
  logSuffix,
  offsetName,
  offsetsOf,
  pendingSuffix,
  snapshotSuffix,
} from './log-files.ts'
import { DamagedLogError } from './log-error.ts'
import {
  applyBatch,
  readMarker,
  readSnapshot,
  snapshotPath,
  writeDerivedFiles,
} from './log-state.ts'
import type { ApplySettings, LogState } from './log-state.ts'
import { restoreState, stateAt } from './replay.ts'
import { ProducerStates } from './producer-state.ts'
import { scanFile } from './scan.ts'
import type { ScanOptions, ScanStop } from './scan.ts'
import { Segment } from './segment.ts'
import type { SegmentLocation } from './segment.ts'
import { SegmentIndexes, readIndexFiles } from './segment-indexes.ts'
import { readStartOffset } from './start-offset.ts'

export interface OpenOptions extends SegmentLocation {
  readonly logger: Logger
  readonly settings: ApplySettings
  readonly wasCleanShutdown: boolean
}

export interface OpenedLog {
  /** Ascending; the last one is appended to. */
  readonly segments: Segment[]
  readonly startOffset: number
  readonly endOffset: number
  /** Records below this offset are known to be on the disk. */
  readonly syncedOffset: number
  readonly state: LogState
  /** How it was found: there was none, nothing had to be read in full, or something had. */
  readonly origin: 'new' | 'clean' | 'recovered'
}

/** @throws DamagedLogError where records that may have been acknowledged would be lost */
export function openLog(options: OpenOptions): OpenedLog {
  const { storage, folder } = options
  const names = storage.list(folder)
  const settled = offsetsOf(names, logSuffix)
  // A segment is there twice where it was written anew, see `failedSyncFile`.
  const [pending, twice] = partition(offsetsOf(names, pendingSuffix), settled)
  for (const offset of twice) storage.remove(`${folder}/${offsetName(offset)}${pendingSuffix}`)
  for (const name of names) {
    if (name.endsWith(asideSuffix)) storage.remove(`${folder}/${name}`)
  }
  const startOffset = startOffsetOf(options)
  if (settled.length === 0 && pending.length > 0) settled.push(settlePending(options, pending))
  if (settled.length === 0) return createLog(options, startOffset)

  const segments = settled.map((offset) => new Segment(options, offset, 'settled'))
  const clean = options.wasCleanShutdown && pending.length === 0 && openClean(options, segments)
  const opened = clean || recover(options, segments, pending)
  removeStraySnapshots(options, opened)
  const start = Math.max(startOffset, segments[0]!.baseOffset)
  if (start <= opened.endOffset) return { ...opened, startOffset: start }

  options.logger.warn('log ends before its start: beginning anew at its start', {
    folder,
    endOffset: opened.endOffset,
    startOffset,
  })
  for (const segment of opened.segments) segment.remove()
  return createLog(options, startOffset)
}

function startOffsetOf({ storage, folder, logger }: OpenOptions): number {
  const offset = readStartOffset(storage, folder)
  if (offset === undefined) {
    logger.warn('the start offset of a log is damaged: deleted records may be back', { folder })
  }
  return offset ?? 0
}

/** Divides `offsets` into those that are not among `others`, and those that are. */
function partition(offsets: readonly number[], others: readonly number[]): [number[], number[]] {
  const known = new Set(others)
  return [
    offsets.filter((offset) => !known.has(offset)),
    offsets.filter((offset) => known.has(offset)),
  ]
}

function createLog(options: OpenOptions, offset: number): OpenedLog {
  return emptyLog([new Segment(options, offset, 'settled')], 'new')
}

function emptyLog(segments: Segment[], origin: OpenedLog['origin']): OpenedLog {
  const [segment] = segments
  const offset = segment!.baseOffset
  segment!.useIndexes(new SegmentIndexes())
  return {
    segments,
    startOffset: offset,
    endOffset: offset,
    syncedOffset: offset,
    state: { producers: new ProducerStates(), epochs: new LeaderEpochs() },
    origin,
  }
}

/** All settled segments were deleted by retention: the oldest pending one is the first. */
function settlePending(options: OpenOptions, pending: number[]): number {
  const offset = pending.shift()!
  const segment = new Segment(options, offset, 'pending')
  segment.settle()
  segment.close()
  return offset
}

/** Trusts index files and snapshot as far as they fit the log; `undefined` where they do not. */
function openClean(options: OpenOptions, segments: Segment[]): OpenedLog | undefined {
  const { storage, folder } = options
  const active = segments.at(-1)!
  const { sizeBytes } = active
  const snapshots = offsetsOf(storage.list(folder), snapshotSuffix)
  if (sizeBytes === 0 && segments.length === 1 && snapshots.length === 0) {
    return emptyLog(segments, 'clean')
  }
  const endOffset = sizeBytes === 0 ? active.baseOffset : snapshots.at(-1)
  const snapshot = endOffset === undefined ? undefined : readSnapshot(storage, active, endOffset)
  if (endOffset === undefined || !snapshot?.own) return undefined

  const { checksums } = snapshot.own
  const isEmpty = sizeBytes === 0
  const indexes = isEmpty
    ? new SegmentIndexes()
    : readIndexFiles(storage, active.path, { sizeBytes, checksums })
  if (!indexes) return undefined
  active.useIndexes(indexes)
  if (!isEmpty && endOfSegment(active) !== endOffset) return undefined
  const state = restoreState(snapshot, snapshot.own)
  return { segments, startOffset: 0, endOffset, syncedOffset: endOffset, state, origin: 'clean' }
}

/** Returns the offset after the last batch, or `undefined` where the file does not end with one. */
function endOfSegment(segment: Segment): number | undefined {
  const walker = new BatchWalker(segment.file, segment.indexes.offsets.lastPosition)
  let endOffset: number | undefined
  for (; walker.load(); walker.advance()) endOffset = walker.lastOffset + 1
  return walker.position === segment.sizeBytes ? endOffset : undefined
}

function recover(options: OpenOptions, segments: Segment[], pending: number[]): OpenedLog {
  const { storage, folder, settings } = options
  const mustCopy = storage.exists(`${folder}/${failedSyncFile}`)
  const first = segments.length - 1
  const syncedOffset = segments[first]!.baseOffset
  const state = stateAt(storage, segments, first, settings)
  let endOffset = syncedOffset
  for (let at = first; ; at++) {
    const segment = segments[at]!
    if (mustCopy) segment.copyAside()
    endOffset = recoverSegment(options, segment, state)
    if (pending[0] !== endOffset) break
    writeDerivedFiles(storage, segment, { ...state, endOffset })
    segments.push(new Segment(options, pending.shift()!, 'pending'))
  }
  for (const offset of pending) dropPending(options, offset, endOffset)
  const opened = { segments, startOffset: 0, endOffset, state }
  // Who shut down in order has synced everything, and has written no indexes of a small segment.
  if (options.wasCleanShutdown) return { ...opened, syncedOffset: endOffset, origin: 'clean' }
  return { ...opened, syncedOffset, origin: 'recovered' }
}

/** Reads all of a segment, cuts off a torn tail, and returns the offset after the last batch. */
function recoverSegment(options: OpenOptions, segment: Segment, state: LogState): number {
  let endOffset = segment.baseOffset
  segment.useIndexes(new SegmentIndexes())
  const onBatch: ScanOptions['onBatch'] = (header, position, bytes) => {
    const { baseOffset, partitionLeaderEpoch: leaderEpoch, maxTimestamp } = header
    const marker = readMarker(bytes, header)
    const batch = { segment, position, header, baseOffset, leaderEpoch, maxTimestamp, marker }
    applyBatch(state, batch, options.settings)
    endOffset = header.lastOffset + 1
  }
  const { baseOffset } = segment
  const stop = scanFile(segment.file, { baseOffset, offsets: 'consecutive', onBatch })
  if (stop) cutTail(options, segment, stop, endOffset)
  return endOffset
}

function cutTail(options: OpenOptions, segment: Segment, stop: ScanStop, endOffset: number): void {
  const { filePath: path, sizeBytes } = segment
  if (stop.validPosition !== undefined) {
    const reason = `${stop.reason}, but there is a valid batch at byte ${stop.validPosition}`
    throw new DamagedLogError({ path, position: stop.position, reason })
  }
  options.logger.warn('cut off the torn tail of a log', {
    path,
    position: stop.position,
    bytes: sizeBytes - stop.position,
    reason: stop.reason,
    endOffset,
  })
  segment.file.truncate(stop.position)
}

/**
 * Removes a segment that does not begin where the log ends. Nothing in it was acknowledged: either
 * the tail before it is torn, or it was removed before, and a power failure has brought it back.
 */
function dropPending(options: OpenOptions, offset: number, endOffset: number): void {
  const segment = new Segment(options, offset, 'pending')
  const { filePath: path, sizeBytes: bytes } = segment
  options.logger.warn('removed a segment that was never acknowledged', { path, bytes, endOffset })
  segment.remove()
}

/** Removes snapshots that nothing will ask for: only those where a segment begins are needed. */
function removeStraySnapshots({ storage, folder }: SegmentLocation, opened: OpenedLog): void {
  const active = opened.segments.at(-1)!
  const needed = new Set(opened.segments.map(({ baseOffset }) => baseOffset))
  needed.add(opened.endOffset)
  for (const offset of offsetsOf(storage.list(folder), snapshotSuffix)) {
    if (!needed.has(offset)) storage.remove(snapshotPath(active, offset))
  }
}
