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
import { inspectSegment } from './anatomy.ts'
import type { Anatomy, Run } from './anatomy.ts'
import { quarantine, reportMissing } from './quarantine.ts'
import type { QuarantinedStretch } from './quarantine.ts'

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

/** The log must not be open. A tail that was merely torn is left for the next start to cut off. */
export async function repairLog(options: RepairOptions): Promise<RepairReport> {
  const { storage, folder, recoveryPoint } = options
  settleSwaps(options)
  const bases = offsetsOf(storage.list(folder), logSuffix)
  const quarantined: QuarantinedStretch[] = []
  let endOffset = 0
  let goesOnAt = recoveryPoint ?? 0
  for (const [at, base] of bases.entries()) {
    const isLast = at === bases.length - 1
    const limit = isLast ? Infinity : bases[at + 1]!
    const place = { path: segmentPath(folder, base), baseOffset: base, limit }
    const anatomy = inspectSegment(storage, place)
    endOffset = anatomy.runs.at(-1)?.endOffset ?? base
    if (anatomy.damage.length > 0 && !(isLast && isTornTail(anatomy, endOffset, recoveryPoint))) {
      quarantined.push(...(await repairSegment(options, { base, isLast }, anatomy)))
    }
    if (!isLast) continue
    if (anatomy.hasMisplaced) goesOnAt = Math.max(goesOnAt, anatomy.usedUpTo)
    // A start takes gaps for damage in the last segment, and in no other.
    if (anatomy.hasGaps && goesOnAt <= endOffset) await createSegment(options, endOffset)
  }
  if (endOffset >= goesOnAt) return { quarantined, missing: undefined }
  const missing = { fromOffset: endOffset, toOffset: goesOnAt }
  await reportEnd(options, missing)
  await createSegment(options, goesOnAt)
  return { quarantined, missing }
}

function isTornTail(
  { damage, hasMisplaced, hasGaps }: Anatomy,
  endOffset: number,
  recoveryPoint = 0,
): boolean {
  const isTail = damage.length === 1 && damage[0]!.toOffset === undefined
  return isTail && !hasMisplaced && !hasGaps && endOffset >= recoveryPoint
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

async function reportEnd(
  { storage, folder }: RepairOptions,
  missing: NonNullable<RepairReport['missing']>,
): Promise<void> {
  const path = segmentPath(folder, offsetsOf(storage.list(folder), logSuffix).at(-1) ?? 0)
  const file = storage.exists(path) ? storage.open(path) : undefined
  const from = file?.sizeBytes ?? 0
  file?.close()
  await reportMissing(storage, { path, from, ...missing })
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
