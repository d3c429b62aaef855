/**
 * The names of the files in a partition's folder. They are Kafka's, but for `.log.pending`: the
 * file of a segment is called so until the segment before it is known to be on the disk. A `.log`
 * file therefore says that all segments before it are whole.
 */

export const logSuffix = '.log'
export const pendingSuffix = '.log.pending'
export const indexSuffix = '.index'
export const timeIndexSuffix = '.timeindex'
export const transactionIndexSuffix = '.txnindex'
export const snapshotSuffix = '.snapshot'
export const leaderEpochFile = 'leader-epoch-checkpoint'
export const startOffsetFile = 'log-start-offset'
export const partitionMetadataFile = 'partition.metadata'
/**
 * Is there after a sync has failed. The pages that were not written then count as clean: as long as
 * the machine is up, they read as if all were well, and no later sync writes them. So the next
 * start must not trust what it reads, but write it again, to a new file.
 */
export const failedSyncFile = 'failed-sync'

/** Ending of the folder of a partition that is being deleted, see `deleted-folders.ts`. */
export const deletedSuffix = '-delete'

const digits = 20
const unnumbered = new Set<string>([
  leaderEpochFile,
  startOffsetFile,
  partitionMetadataFile,
  failedSyncFile,
])

/** Whether a file in the folder of a partition is called as one of a log, here or in Kafka. */
export function isLogFile(name: string): boolean {
  return /^\d{20}[.-]/.test(name) || unnumbered.has(name.replace(/\.tmp$/, ''))
}

export function isIndexFile(name: string): boolean {
  return [indexSuffix, timeIndexSuffix, transactionIndexSuffix].some((end) => name.endsWith(end))
}

/** Returns the name, without its ending, of the files that begin at `offset`. */
export function offsetName(offset: number): string {
  return String(offset).padStart(digits, '0')
}

/** Returns the offsets of the files in `names` with that ending, ascending. */
export function offsetsOf(names: readonly string[], suffix: string): number[] {
  const offsets: number[] = []
  for (const name of names) {
    const stem = name.slice(0, digits)
    if (name.length === digits + suffix.length && name.endsWith(suffix) && /^\d+$/.test(stem)) {
      offsets.push(Number(stem))
    }
  }
  return offsets.sort((left, right) => left - right)
}
