/**
 * How the server is, for who watches it: `ok`; `degraded`, where it serves but will soon have to
 * refuse records; `failed`, where it can store nothing any more and should be started again.
 */

import { statfsSync } from 'node:fs'

export interface Health {
  readonly status: 'ok' | 'degraded' | 'failed'
  /** What is wrong. Everybody may see it, so it says no more than that. */
  readonly reason?: string
}

/** Below this a full disk is near, whatever its size. */
const freeMinBytes = 64 * 1024 * 1024
/** But of a small disk so much may always be in use. */
const freeMinShare = 0.02

/** The space of a disk, in any unit. */
export interface DiskSpace {
  readonly totalBytes: number
  readonly freeBytes: number
}

/**
 * Returns the health of a server that has not failed, by the space of its disk; `undefined` where
 * that cannot be told. Whatever the reason is, it is told where the folder is used.
 */
export function healthBy(space: DiskSpace | undefined): Health {
  if (!space) return { status: 'degraded', reason: 'the data folder cannot be seen' }
  const { totalBytes, freeBytes } = space
  if (freeBytes >= Math.min(freeMinBytes, totalBytes * freeMinShare)) return { status: 'ok' }
  return { status: 'degraded', reason: 'the disk is full, or nearly so' }
}

/** Returns the space of the disk that `folder` is on; `undefined` where it cannot be told. */
export function diskSpaceOf(folder: string): DiskSpace | undefined {
  try {
    const { blocks, bavail, bsize } = statfsSync(folder)
    return { totalBytes: blocks * bsize, freeBytes: bavail * bsize }
  } catch {
    return undefined
  }
}

/** Returns the HTTP status: only a server that a new start would help is not well. */
export function httpStatusOf({ status }: Health): number {
  return status === 'failed' ? 503 : 200
}
