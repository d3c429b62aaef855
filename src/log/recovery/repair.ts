/**
 * Makes a log that a start refuses one that it takes, by giving up what is damaged, and nothing
 * else. All segments are read in full. Bytes that are no batches of the log are set aside
 * (`quarantine.ts`); the batches before and after them are kept at their offsets. The gap comes to
 * be between two segments, where readers jump over it: what is after it gets a file of its own. No
 * offset is ever used again: where the end of the log is missing, it goes on at the recovery point.
 *
 * A crash at any step leaves what can be repaired again: 1. the damaged bytes are copied, 2. so are
 * the batches after them, each run to a segment of its own, 3. the file is cut before the damage.
 */

import type { Logger } from '../../runtime/runtime.ts'
import type { Storage, StorageFile } from '../../storage/storage.ts'
import { asideSuffix } from '../../storage/whole-file.ts'
import { BatchWalker } from '../segment/batch-walker.ts'
import { settleCompaction } from '../compaction/files.ts'
import { DamagedLogError } from '../log-error.ts'
import {
  indexSuffix,
  logSuffix,
  offsetName,
  offsetsOf,
  pendingSuffix,
  timeIndexSuffix,
  transactionIndexSuffix,
} from '../log-files.ts'
import { quarantine } from './quarantine.ts'
import type { DamagedStretch, QuarantinedStretch } from './quarantine.ts'
import { scanFile } from './scan.ts'

const copiedBytes = 1 << 20

export interface RepairOptions {
  readonly storage: Storage
  /** Of the partition. */
  readonly folder: string
  readonly logger: Logger
  /** Records below it were on the disk; `undefined` where nothing is known. */
  readonly recoveryPoint: number | undefined
}

export interface RepairReport {
  readonly quarantined: readonly QuarantinedStretch[]
  /** Offsets that are missing at the end of the log, where it ended too early. */
  readonly missing: { readonly fromOffset: number; readonly toOffset: number } | undefined
}

/** Batches, back to back, that are as they should be. */
interface Run {
  readonly from: number
  readonly to: number
  readonly fromOffset: number
  readonly endOffset: number
}

interface Anatomy {
  readonly runs: readonly Run[]
  readonly damage: readonly DamagedStretch[]
}

/** The log must not be open. A tail that was merely torn is left for the next start to cut off. */
export async function repairLog(options: RepairOptions): Promise<RepairReport> {
  const { storage, folder, recoveryPoint } = options
  settleSwaps(options)
  const bases = offsetsOf(storage.list(folder), logSuffix)
  const quarantined: QuarantinedStretch[] = []
  let endOffset = 0
  for (const [at, base] of bases.entries()) {
    const limit = bases[at + 1]
    const anatomy = await inspect(options, base, limit ?? Infinity)
    endOffset = anatomy.runs.at(-1)?.endOffset ?? base
    const isTornTail =
      limit === undefined &&
      anatomy.damage.length === 1 &&
      anatomy.damage[0]!.toOffset === undefined &&
      endOffset >= (recoveryPoint ?? 0)
    if (anatomy.damage.length === 0 || isTornTail) continue
    quarantined.push(
      ...(await repairSegment(options, { base, isLast: limit === undefined }, anatomy)),
    )
  }
  if (recoveryPoint === undefined || endOffset >= recoveryPoint) {
    return { quarantined, missing: undefined }
  }
  await createSegment(options, recoveryPoint)
  return { quarantined, missing: { fromOffset: endOffset, toOffset: recoveryPoint } }
}

/** Goes on with the old segments where the one that compaction has made of them is damaged. */
function settleSwaps({ storage, folder, logger }: RepairOptions): void {
  try {
    settleCompaction(storage, folder)
  } catch (error) {
    if (!(error instanceof DamagedLogError)) throw error
    const copy = `${error.path}.quarantine`
    logger.error('a segment that compaction has written was set aside', { error, copy })
    storage.rename(error.path, copy)
    settleSwaps({ storage, folder, logger, recoveryPoint: undefined })
  }
}

/** Divides a segment, whose batches are below `limit`, into what is good and what is not. */
async function inspect(
  { storage, folder }: RepairOptions,
  base: number,
  limit: number,
): Promise<Anatomy> {
  const path = segmentPath(folder, base)
  const file = storage.open(path)
  try {
    const runs: Run[] = []
    const damage: DamagedStretch[] = []
    let from = { position: 0, offset: base }
    /** Where bad bytes begin that the next run ends, and why they are bad. */
    let bad: { readonly position: number; readonly reason: string } | undefined
    while (from.position < file.sizeBytes) {
      const { run, stop } = scanRun(file, { base, limit, from })
      if (run) {
        if (bad) damage.push(stretch(path, { ...bad, to: run.from }, from.offset, run.fromOffset))
        bad = undefined
        runs.push(run)
      }
      if (!stop) break
      bad ??= { position: run?.to ?? stop.position, reason: stop.reason }
      from = { position: stop.next ?? file.sizeBytes, offset: run?.endOffset ?? from.offset }
    }
    const end = runs.at(-1)?.endOffset ?? base
    if (bad) damage.push(stretch(path, { ...bad, to: file.sizeBytes }, end, undefined))
    return { runs, damage }
  } finally {
    file.close()
  }
}

function stretch(
  path: string,
  bytes: { readonly position: number; readonly to: number; readonly reason: string },
  fromOffset: number,
  toOffset: number | undefined,
): DamagedStretch {
  const { position: from, to, reason } = bytes
  return { path, from, to, fromOffset, toOffset, reason }
}

interface RunScan {
  readonly base: number
  readonly limit: number
  readonly from: { readonly position: number; readonly offset: number }
}

/** Returns the batches from a position on, why they end there, and where to look on. */
function scanRun(
  file: StorageFile,
  { base, limit, from }: RunScan,
): {
  readonly run: Run | undefined
  readonly stop: { position: number; reason: string; next: number | undefined } | undefined
} {
  let run: Run | undefined
  /** The first batch that belongs to the next segment: it has been copied there before. */
  let beyond: number | undefined
  const stop = scanFile(file, {
    baseOffset: base,
    offsets: 'increasing',
    from,
    onBatch: ({ baseOffset, lastOffset, sizeBytes }, position) => {
      if (lastOffset >= limit) beyond ??= position
      if (beyond !== undefined) return
      const to = position + sizeBytes
      run = {
        from: run?.from ?? position,
        to,
        fromOffset: run?.fromOffset ?? baseOffset,
        endOffset: lastOffset + 1,
      }
    },
  })
  if (beyond !== undefined) {
    const reason = `offsets from ${limit} on, which are in the next segment`
    return { run, stop: { position: beyond, reason, next: undefined } }
  }
  if (!stop) return { run, stop: undefined }
  const { position, reason, validPosition } = stop
  // A valid batch whose offset does not come next is skipped as a whole.
  const next = validPosition === position ? position + sizeOfBatch(file, position) : validPosition
  return { run, stop: { position, reason, next } }
}

function sizeOfBatch(file: StorageFile, position: number): number {
  const walker = new BatchWalker(file, position)
  walker.load()
  return walker.sizeBytes
}

async function repairSegment(
  { storage, folder, logger }: RepairOptions,
  { base, isLast }: { readonly base: number; readonly isLast: boolean },
  { runs, damage }: Anatomy,
): Promise<QuarantinedStretch[]> {
  const path = segmentPath(folder, base)
  const file = storage.open(path)
  try {
    const quarantined: QuarantinedStretch[] = []
    for (const stretch of damage) {
      const { copy, durable } = quarantine(storage, file, stretch)
      await durable
      quarantined.push({ ...stretch, copy })
      logger.error('damaged bytes of a log were set aside', { ...stretch, copy })
    }
    await storage.syncFolder(folder)
    const cut = damage[0]!.from
    const moved = runs.filter((run) => run.from >= cut)
    // The last one first: what a crash leaves behind is then not taken for all that there was.
    for (const run of moved.toReversed()) await moveRun({ storage, folder }, file, run)
    await storage.syncFolder(folder)
    file.truncate(cut)
    await file.sync()
    for (const suffix of [indexSuffix, timeIndexSuffix, transactionIndexSuffix]) {
      storage.remove(`${folder}/${offsetName(base)}${suffix}`)
    }
    // Nobody could tell how old an empty segment is, or needs it where another one follows.
    if (cut === 0 && (moved.length > 0 || !isLast)) {
      if (!moved.some(({ fromOffset }) => fromOffset === base)) storage.remove(path)
    }
    await storage.syncFolder(folder)
    return quarantined
  } finally {
    file.close()
  }
}

/** Copies a run of batches into a segment of its own. */
async function moveRun(
  { storage, folder }: Pick<RepairOptions, 'folder' | 'storage'>,
  file: StorageFile,
  run: Run,
): Promise<void> {
  const path = segmentPath(folder, run.fromOffset)
  storage.remove(path + asideSuffix)
  const target = storage.open(path + asideSuffix)
  try {
    const window = new Uint8Array(Math.min(copiedBytes, run.to - run.from))
    for (let position = run.from; position < run.to; position += window.length) {
      const length = Math.min(window.length, run.to - position)
      target.append(window.subarray(0, file.read(position, window.subarray(0, length))))
    }
    await target.sync()
  } finally {
    target.close()
  }
  storage.rename(path + asideSuffix, path)
}

/** Begins an empty last segment, in which the log goes on. */
async function createSegment({ storage, folder }: RepairOptions, offset: number): Promise<void> {
  storage.remove(`${folder}/${offsetName(offset)}${pendingSuffix}`)
  const file = storage.open(segmentPath(folder, offset))
  await file.sync()
  file.close()
  await storage.syncFolder(folder)
}

function segmentPath(folder: string, base: number): string {
  return `${folder}/${offsetName(base)}${logSuffix}`
}
