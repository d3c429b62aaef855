/**
 * Keeps bytes of a segment that the log goes on without, for somebody to look at: in the folder of
 * the partition, a file `<base offset>.quarantine-<position>` with the bytes as they were, and
 * beside it a report, `….json`, on what they were; where a repair finds that the end of a log is
 * missing, the report alone. Nothing reads or removes them any more.
 */

import type { Logger } from '../../runtime/runtime.ts'
import type { Storage, StorageFile } from '../../storage/storage.ts'

const copiedBytes = 1 << 20

/** Bytes of a segment file that are not, or not for sure, batches of the log. */
export interface DamagedStretch {
  /** Of the segment. */
  readonly path: string
  /** Position of the first byte, and the position after the last one. */
  readonly from: number
  readonly to: number
  /** The first offset that is missing without these bytes. */
  readonly fromOffset: number
  /** The offset of the first batch after it; `undefined` where there is none. */
  readonly toOffset: number | undefined
  readonly reason: string
}

/** A stretch, and the file that has its bytes now. */
export interface QuarantinedStretch extends DamagedStretch {
  readonly copy: string
}

/**
 * Copies a stretch of `file`. The promise resolves once copy and report would survive a power
 * failure, but for their names: those are in a folder that is the caller's to sync.
 */
export function quarantine(
  storage: Storage,
  file: StorageFile,
  stretch: DamagedStretch,
): { readonly copy: string; readonly durable: Promise<void> } {
  const copy = freePath(storage, stretch)
  const { from, to } = stretch
  const target = storage.open(copy)
  const window = new Uint8Array(Math.min(copiedBytes, to - from))
  for (let position = from; position < to;) {
    const length = Math.min(window.length, to - position)
    const read = file.read(position, window.subarray(0, length))
    if (read === 0) break
    target.append(window.subarray(0, read))
    position += read
  }
  const report = storage.open(`${copy}.json`)
  report.append(new TextEncoder().encode(`${JSON.stringify({ ...stretch, copy }, undefined, 2)}\n`))
  const durable = Promise.all([target.sync(), report.sync()]).then(() => {})
  target.close()
  report.close()
  return { copy, durable }
}

/** The end of a log that is not there: nothing is left of it to be copied. */
export interface MissingEnd {
  /** The last segment that there is, and its size. */
  readonly path: string
  readonly from: number
  readonly fromOffset: number
  readonly toOffset: number
}

/** Writes a report alone; the promise resolves as that of `quarantine` does. */
export async function reportMissing(storage: Storage, end: MissingEnd): Promise<void> {
  const report = storage.open(`${freePath(storage, end)}.json`)
  const facts = { ...end, reason: 'the end of the log is missing' }
  report.append(new TextEncoder().encode(`${JSON.stringify(facts, undefined, 2)}\n`))
  const durable = report.sync()
  report.close()
  await durable
}

/**
 * Copies a stretch that a start cuts off. It does not wait for the disk: the cut gets there no
 * sooner than the next sync of the segment, which the start begins after this.
 */
export function quarantineTail(
  { storage, logger }: { readonly storage: Storage; readonly logger: Logger },
  file: StorageFile,
  stretch: DamagedStretch,
): string {
  const { copy, durable } = quarantine(storage, file, stretch)
  durable.catch((error: unknown) => {
    logger.error('a copy of damaged bytes may not be on the disk', { copy, error })
  })
  return copy
}

/** What was set aside before stays, also where a log is damaged twice at one position. */
function freePath(storage: Storage, { path, from }: Pick<DamagedStretch, 'from' | 'path'>): string {
  const stem = `${path.slice(0, path.indexOf('.', path.lastIndexOf('/')))}.quarantine-${from}`
  let copy = stem
  const isTaken = (): boolean => storage.exists(copy) || storage.exists(`${copy}.json`)
  for (let count = 2; isTaken(); count++) copy = `${stem}-${count}`
  return copy
}
