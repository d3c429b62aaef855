/**
 * Opens the segments of a log. After a clean shutdown the files say all that is needed. Otherwise
 * what may not have been on the disk is read in full: from the recovery point on where derived
 * files were written there, and else the last segment. What is done about a bad tail is decided in
 * `decision.ts`; after that,
 *
 * | a pending segment, see `log-files.ts` | then                                          |
 * | ------------------------------------- | --------------------------------------------- |
 * | begins where the batches end          | it is read as well, and kept                  |
 * | begins anywhere else                  | it is removed: it was never acknowledged      |
 */

import type { Logger } from '../../runtime/runtime.ts'
import type { Storage } from '../../storage/storage.ts'
import { asideSuffix, readWholeFile } from '../../storage/whole-file.ts'
import { BatchWalker } from '../segment/batch-walker.ts'
import { settleCompaction } from '../compaction/files.ts'
import { LeaderEpochs } from '../leader-epochs.ts'
import {
  failedSyncFile,
  leaderEpochFile,
  logSuffix,
  offsetName,
  offsetsOf,
  pendingSuffix,
  snapshotSuffix,
  startOffsetFile,
} from '../log-files.ts'
import { DamagedLogError } from '../log-error.ts'
import {
  applyBatch,
  readMarker,
  readSnapshot,
  snapshotPath,
  writeDerivedFiles,
} from '../log-state.ts'
import type { ApplySettings, LogEnd, LogState } from '../log-state.ts'
import { quarantineTail } from './quarantine.ts'
import { decideTail } from './decision.ts'
import { restoreState, stateAt } from './replay.ts'
import { ProducerStates } from '../producer/producer-state.ts'
import { scanFile } from './scan.ts'
import type { ScanOptions, ScanStart, ScanStop } from './scan.ts'
import { Segment } from '../segment/segment.ts'
import type { SegmentLocation } from '../segment/segment.ts'
import { SegmentIndexes, readIndexFiles } from '../segment/segment-indexes.ts'
import { readStartOffset } from './start-offset.ts'

/** A segment up to this size is read in full, which is as fast as its indexes. */
export const scannedBytesMax = 65_536

export interface OpenOptions extends SegmentLocation {
  readonly logger: Logger
  readonly settings: ApplySettings
  readonly wasCleanShutdown: boolean
  /** Records below it were on the disk; `undefined` where nothing is known. */
  readonly recoveryPoint?: number | undefined
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
  const names = settleCompaction(storage, folder)
  const settled = offsetsOf(names, logSuffix)
  // A segment is there twice where it was written anew, see `failedSyncFile`.
  const [pending, twice] = partition(offsetsOf(names, pendingSuffix), settled)
  for (const offset of twice) storage.remove(`${folder}/${offsetName(offset)}${pendingSuffix}`)
  for (const name of names) {
    if (name.endsWith(asideSuffix)) storage.remove(`${folder}/${name}`)
  }
  const startOffset = names.includes(startOffsetFile) ? startOffsetOf(options) : 0
  if (settled.length === 0 && pending.length > 0) settled.push(settlePending(options, pending))
  if (settled.length === 0) {
    refuseLoss(options, startOffset)
    return createLog(options, startOffset)
  }

  const segments = settled.map((offset) => new Segment(options, offset, 'settled'))
  const snapshots = offsetsOf(names, snapshotSuffix)
  const isClean = options.wasCleanShutdown && pending.length === 0
  const clean = isClean && openClean(options, segments, snapshots)
  if (clean) refuseLoss(options, clean.endOffset)
  const mustCopy = names.includes(failedSyncFile)
  const opened = clean || recover({ ...options, mustCopy }, segments, pending)
  if (names.includes(leaderEpochFile)) adoptEpochs(options, opened, snapshots)
  removeStraySnapshots(options, opened, opened.origin === 'clean' ? snapshots : undefined)
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

/**
 * Apache Kafka notes an epoch as it begins; there may be no batch of it, or none any more. Where
 * there are snapshots of ours, they tell it: the file has no checksum.
 */
function adoptEpochs(
  { storage, folder }: OpenOptions,
  { segments, state, endOffset }: OpenedLog,
  snapshots: readonly number[],
): void {
  if (snapshots.some((offset) => readSnapshot(storage, segments[0]!, offset)?.own)) return
  const text = new TextDecoder().decode(readWholeFile(storage, `${folder}/${leaderEpochFile}`))
  for (const [, epoch, offset] of text.matchAll(/^(\d{1,9}) (\d{1,16})$/gm)) {
    state.epochs.assign(Number(epoch), Math.min(Number(offset), endOffset))
  }
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
function openClean(
  { storage }: OpenOptions,
  segments: Segment[],
  snapshots: readonly number[],
): OpenedLog | undefined {
  const active = segments.at(-1)!
  const { sizeBytes } = active
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

function recover(
  options: OpenOptions & { readonly mustCopy: boolean },
  segments: Segment[],
  pending: number[],
): OpenedLog {
  const { storage, settings, mustCopy } = options
  // A marker that a power failure has brought back says nothing of what was written after it.
  const wasClean = options.wasCleanShutdown && pending.length === 0 && !mustCopy
  const first = segments.length - 1
  const syncedOffset = segments[first]!.baseOffset
  const known = mustCopy ? undefined : restoreWithin(options, segments[first]!)
  const state = known?.state ?? stateAt(storage, segments, first, settings)
  let endOffset = syncedOffset
  for (let at = first; ; at++) {
    const segment = segments[at]!
    if (mustCopy) segment.copyAside()
    endOffset = recoverSegment(options, segment, state, at === first ? known?.from : undefined)
    if (pending[0] !== endOffset) break
    keepDerived(options, segment, { ...state, endOffset })
    segments.push(new Segment(options, pending.shift()!, 'pending'))
  }
  refuseLoss(options, endOffset)
  for (const offset of pending) dropPending(options, offset, endOffset)
  const opened = { segments, startOffset: 0, endOffset, state }
  // Who shut down in order has synced everything, and has written no indexes of a small segment.
  if (wasClean) return { ...opened, syncedOffset: endOffset, origin: 'clean' }
  // The log begins with a sync then, though it may have no record for that: a segment that a second
  // power failure brings back would go on behind records that came since.
  if (pending.length > 0) {
    return { ...opened, syncedOffset: Math.min(syncedOffset, endOffset - 1), origin: 'recovered' }
  }
  return { ...opened, syncedOffset, origin: 'recovered' }
}

/** Where the disk is full, they are made again once they are needed. */
function keepDerived({ storage, logger }: OpenOptions, segment: Segment, end: LogEnd): void {
  try {
    writeDerivedFiles(storage, segment, end)
  } catch (error) {
    const { path } = segment
    logger.warn('could not write the index files of a segment', { path, error })
  }
}

/** What is known within a segment without reading what is before that. */
interface KnownPart {
  readonly from: ScanStart
  readonly state: LogState
}

/**
 * Looks for derived files that were written while `segment` was appended to, at an offset up to
 * which it was synced. The segment has the indexes then.
 */
function restoreWithin(options: OpenOptions, segment: Segment): KnownPart | undefined {
  const { storage, folder, recoveryPoint = 0 } = options
  if (recoveryPoint <= segment.baseOffset || segment.sizeBytes <= scannedBytesMax) return undefined
  const snapshots = offsetsOf(storage.list(folder), snapshotSuffix)
  for (const offset of snapshots.reverse()) {
    if (offset > recoveryPoint) continue
    if (offset <= segment.baseOffset) return undefined
    const snapshot = readSnapshot(storage, segment, offset)
    if (!snapshot?.own) continue
    const { checksums } = snapshot.own
    const indexes = readIndexFiles(storage, segment.path, { sizeBytes: 0, checksums })
    const position = indexes && positionOfEnd(segment, indexes.offsets.lastPosition, offset)
    if (!indexes || position === undefined) continue
    segment.useIndexes(new SegmentIndexes(position, indexes))
    return { from: { position, offset }, state: restoreState(snapshot, snapshot.own) }
  }
  return undefined
}

/** Returns where the batch ends whose last offset is the one before `endOffset`. */
function positionOfEnd(segment: Segment, from: number, endOffset: number): number | undefined {
  const walker = new BatchWalker(segment.file, from)
  for (; walker.load() && walker.baseOffset < endOffset; walker.advance()) {
    if (walker.lastOffset + 1 === endOffset) return walker.position + walker.sizeBytes
  }
  return undefined
}

/** Reads a segment, cuts off a bad tail, and returns the offset after the last batch. */
function recoverSegment(
  options: OpenOptions,
  segment: Segment,
  state: LogState,
  from: ScanStart | undefined,
): number {
  let endOffset = from?.offset ?? segment.baseOffset
  if (!from) segment.useIndexes(new SegmentIndexes())
  const onBatch: ScanOptions['onBatch'] = (header, position, bytes) => {
    const { baseOffset, partitionLeaderEpoch: leaderEpoch, maxTimestamp } = header
    const marker = readMarker(bytes, header)
    const batch = { segment, position, header, baseOffset, leaderEpoch, maxTimestamp, marker }
    applyBatch(state, batch, options.settings)
    endOffset = header.lastOffset + 1
  }
  const { baseOffset } = segment
  const scan = { baseOffset, offsets: 'consecutive', onBatch, ...(from && { from }) } as const
  const stop = scanFile(segment.file, scan)
  if (stop) treatTail(options, segment, stop, endOffset)
  return endOffset
}

function treatTail(
  options: OpenOptions,
  segment: Segment,
  stop: ScanStop,
  endOffset: number,
): void {
  const { recoveryPoint, logger } = options
  const { filePath: path, sizeBytes } = segment
  const { position, validPosition } = stop
  const tail = validPosition === undefined ? 'bad' : 'bad, then valid batches'
  const decision = decideTail({ endOffset, tail, recoveryPoint })
  if (decision === 'refuse') {
    throw new DamagedLogError({ path, position, reason: reasonOf(stop), endOffset, recoveryPoint })
  }
  const bytes = sizeBytes - position
  if (decision === 'set aside') {
    const reason = reasonOf(stop)
    const stretch = { path, from: position, to: sizeBytes, fromOffset: endOffset, reason }
    const copy = quarantineTail(options, segment.file, { ...stretch, toOffset: undefined })
    const facts = { path, position, bytes, reason, endOffset, copy }
    logger.error('set aside the damaged tail of a log, with valid batches that were in it', facts)
  } else {
    const facts = { path, position, bytes, reason: stop.reason, endOffset }
    logger.warn('cut off the torn tail of a log', facts)
  }
  segment.file.truncate(position)
}

function reasonOf({ reason, validPosition }: ScanStop): string {
  if (validPosition === undefined) return reason
  return `${reason}, but there is a valid batch at byte ${validPosition}`
}

/** @throws DamagedLogError where a log that seems whole ends before the recovery point */
function refuseLoss(options: OpenOptions, endOffset: number): void {
  const { storage, folder, recoveryPoint } = options
  if (decideTail({ endOffset, tail: 'none', recoveryPoint }) === 'keep') return
  const last = offsetsOf(storage.list(folder), logSuffix).at(-1) ?? 0
  const path = `${folder}/${offsetName(last)}${logSuffix}`
  const position = storage.exists(path) ? sizeOf(storage, path) : 0
  const reason = 'the file ends there'
  throw new DamagedLogError({ path, position, reason, endOffset, recoveryPoint })
}

function sizeOf(storage: Storage, path: string): number {
  const file = storage.open(path)
  try {
    return file.sizeBytes
  } finally {
    file.close()
  }
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
function removeStraySnapshots(
  { storage, folder }: SegmentLocation,
  opened: OpenedLog,
  snapshots = offsetsOf(storage.list(folder), snapshotSuffix),
): void {
  const active = opened.segments.at(-1)!
  const needed = new Set(opened.segments.map(({ baseOffset }) => baseOffset))
  needed.add(opened.endOffset)
  for (const offset of snapshots) {
    if (!needed.has(offset)) storage.remove(snapshotPath(active, offset))
  }
}
