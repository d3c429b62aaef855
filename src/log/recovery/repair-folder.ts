/** Repairs all logs of a data folder that no broker has open. */

import type { Logger } from '../../runtime/runtime.ts'
import type { Storage } from '../../storage/storage.ts'
import { partitionOf, readTopicId } from '../partition-folder.ts'
import { RecoveryPoints, writeRecoveryPoints } from './points.ts'
import { repairLog } from './repair.ts'
import type { RepairReport } from './repair.ts'

export interface RepairedLog {
  /** `<topic>-<partition>` */
  readonly folder: string
  readonly report: RepairReport
}

/** Returns what was given up, of the logs that had damage. */
export async function repairFolder(options: {
  readonly storage: Storage
  readonly logger: Logger
}): Promise<RepairedLog[]> {
  const { storage } = options
  const points = RecoveryPoints.read(storage)
  const repaired: RepairedLog[] = []
  for (const folder of storage.list('')) {
    const named = partitionOf(folder)
    if (!named) continue
    const recoveryPoint = points.of({ ...named, topicId: readTopicId(storage, folder) })
    const report = await repairLog({ ...options, folder, recoveryPoint })
    if (report.quarantined.length > 0 || report.missing) repaired.push({ folder, report })
  }
  await forgetMissing(options, points)
  return repaired
}

/**
 * Logs whose folder is gone begin anew, if their topics were not deleted. A start would refuse that
 * as long as the recovery points tell of their records.
 */
async function forgetMissing(
  { storage, logger }: { readonly storage: Storage; readonly logger: Logger },
  known: RecoveryPoints,
): Promise<void> {
  const points = known.all()
  const kept = points.filter(({ topic, partition }) => storage.exists(`${topic}-${partition}`))
  if (kept.length === points.length) return
  for (const { topic, partition, offset } of points) {
    if (storage.exists(`${topic}-${partition}`)) continue
    const facts = { topic, partition, endOffset: offset }
    logger.warn('a folder is gone; unless its topic was deleted, its records are lost', facts)
  }
  await writeRecoveryPoints(storage, { timeMs: known.timeMs!, points: kept })
}
