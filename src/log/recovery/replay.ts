/**
 * Rebuilds what follows from segments that are known to be whole, from their batch headers: indexes
 * that are missing or damaged, and the state of producers at the start of a segment.
 */

import { InvalidBatchError } from '../../record/batch.ts'
import type { Storage } from '../../storage/storage.ts'
import { BatchWalker } from '../segment/batch-walker.ts'
import { LeaderEpochs } from '../leader-epochs.ts'
import { DamagedLogError } from '../log-error.ts'
import { applyBatch, readMarker, readSnapshot, writeDerivedFiles } from '../log-state.ts'
import type { ApplySettings, LogState } from '../log-state.ts'
import type { ProducerSnapshot, SnapshotExtension } from '../producer/producer-snapshot.ts'
import { ProducerStates } from '../producer/producer-state.ts'
import type { Segment } from '../segment/segment.ts'
import { SegmentIndexes, readIndexFiles } from '../segment/segment-indexes.ts'

const windowBytes = 65_536

/**
 * Loads the indexes of segment `at`, which is not the last one, from its files; where these are not
 * as they were written, makes them anew.
 */
export function loadIndexes(
  storage: Storage,
  segments: readonly Segment[],
  at: number,
  settings: ApplySettings,
): void {
  const segment = segments[at]!
  const endOffset = segments[at + 1]!.baseOffset
  const snapshot = readSnapshot(storage, segment, endOffset)
  const checksums = snapshot?.own?.checksums
  const indexes =
    checksums && readIndexFiles(storage, segment.path, { sizeBytes: segment.sizeBytes, checksums })
  if (indexes) return segment.useIndexes(indexes)

  const state = stateAt(storage, segments, at, settings)
  replaySegment(segment, state, settings)
  // Where compaction has removed batches, a good snapshot knows more than the segment tells.
  const known = snapshot?.own ? restoreState(snapshot, snapshot.own) : state
  try {
    writeDerivedFiles(storage, segment, { ...known, endOffset })
  } catch {
    // They are in memory, and can be made again: a full disk is no reason not to read.
  }
}

/**
 * Returns what was known where segment `at` begins. Where there is no snapshot, segments before it
 * are read, and the last of them has its indexes then.
 */
export function stateAt(
  storage: Storage,
  segments: readonly Segment[],
  at: number,
  settings: ApplySettings,
): LogState {
  let state = { producers: new ProducerStates(), epochs: new LeaderEpochs() }
  let from = at
  for (; from >= 0; from--) {
    const segment = segments[from]!
    const snapshot = readSnapshot(storage, segment, segment.baseOffset)
    if (!snapshot?.own) continue
    state = restoreState(snapshot, snapshot.own)
    break
  }
  for (const segment of segments.slice(Math.max(from, 0), at)) {
    replaySegment(segment, state, settings)
    if (segment !== segments[at - 1]) segment.freeIndexes()
  }
  return state
}

/**
 * Sees to it that there is a good snapshot where segment `at` begins, since what it says cannot be
 * found any more once the segments before are removed.
 */
export function keepState(
  storage: Storage,
  segments: readonly Segment[],
  at: number,
  settings: ApplySettings,
): void {
  const segment = segments[at]!
  if (at === 0 || readSnapshot(storage, segment, segment.baseOffset)?.own) return
  const state = stateAt(storage, segments, at, settings)
  // The segment before was read for this, and has its indexes.
  writeDerivedFiles(storage, segments[at - 1]!, { ...state, endOffset: segment.baseOffset })
}

/** Returns what a snapshot says was known where it was taken. */
export function restoreState(snapshot: ProducerSnapshot, own: SnapshotExtension): LogState {
  const producers = new ProducerStates()
  producers.restore(snapshot.producers)
  return { producers, epochs: new LeaderEpochs(own.epochs) }
}

/**
 * Applies all batches of `segment` to `state`, and gives it new indexes.
 *
 * @throws DamagedLogError where the headers do not lead from the start to the end of the file
 */
function replaySegment(segment: Segment, state: LogState, settings: ApplySettings): void {
  const walker = new BatchWalker(segment.file, 0, new Uint8Array(windowBytes))
  segment.useIndexes(new SegmentIndexes())
  try {
    for (; walker.load(); walker.advance()) applyCurrent(walker, segment, state, settings)
  } catch (error) {
    if (!(error instanceof InvalidBatchError)) throw error
    throw damage(segment, walker.position, error.message)
  }
  if (walker.position !== segment.sizeBytes) {
    throw damage(segment, walker.position, 'there is no batch')
  }
}

function applyCurrent(
  walker: BatchWalker,
  segment: Segment,
  state: LogState,
  settings: ApplySettings,
): void {
  const header = walker.header()
  const batch = {
    segment,
    position: walker.position,
    header,
    baseOffset: header.baseOffset,
    leaderEpoch: header.partitionLeaderEpoch,
    maxTimestamp: header.maxTimestamp,
    marker: header.isControl ? readMarker(readBatch(segment, walker), header) : undefined,
  }
  applyBatch(state, batch, settings)
}

function readBatch(segment: Segment, walker: BatchWalker): Uint8Array {
  const bytes = new Uint8Array(walker.sizeBytes)
  segment.file.read(walker.position, bytes)
  return bytes
}

function damage(segment: Segment, position: number, reason: string): DamagedLogError {
  return new DamagedLogError({ path: segment.filePath, position, reason })
}
