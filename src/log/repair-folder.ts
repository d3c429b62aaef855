/** Repairs all logs of a data folder that no broker has open. */

import type { Logger } from '../runtime/runtime.ts'
import type { Storage } from '../storage/storage.ts'
import { partitionOf, readTopicId } from './partition-folder.ts'
import { RecoveryPoints } from './recovery-points.ts'
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
  return repaired
}
