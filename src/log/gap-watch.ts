/**
 * Tells of offsets that do not follow on each other. Compaction leaves such gaps, and `kafka.do
 * repair`; anything else is damage in a segment that no start reads any more: one that was cut
 * short, or a batch whose offset or length is wrong, which no checksum covers.
 */

import type { Logger } from '../runtime/runtime.ts'
import type { Storage } from '../storage/storage.ts'
import { readCompactionCheckpoint } from './compaction/checkpoint.ts'
import type { LogConfig } from './log-config.ts'

/** A place where offsets do not follow on each other. */
export interface OffsetGap {
  /** The offset that comes next. */
  readonly fromOffset: number
  /** The offset of the next batch: later where some are missing, earlier where it is wrong. */
  readonly toOffset: number
}

export interface GapWatchOptions {
  readonly storage: Storage
  readonly folder: string
  readonly logger: Logger
}

export class GapWatch {
  readonly #options: GapWatchOptions
  /** Where the gaps begin that were told of. */
  #told: Set<number> | undefined
  /** Gaps below it are of compaction. */
  #compactedOffset = 0

  constructor(options: GapWatchOptions) {
    this.#options = options
  }

  /** Tells of a gap, once. What is there of the log is served all the same. */
  notice({ fromOffset, toOffset }: OffsetGap, { cleanupPolicy }: LogConfig): void {
    if (cleanupPolicy.includes('compact') || this.#told?.has(fromOffset)) return
    if (fromOffset < this.#compactedOffset) return
    const { storage, folder, logger } = this.#options
    this.#compactedOffset = compactedEnd(storage, folder)
    if (fromOffset < this.#compactedOffset) return
    this.#told ??= new Set()
    this.#told.add(fromOffset)
    // What repair has given up, it has told of, and keeps.
    if (storage.list(folder).some((name) => name.includes('.quarantine-'))) return
    const advice = `stop the broker; 'kafka.do verify' says where`
    const facts = { folder, fromOffset, toOffset, advice }
    logger.error('offsets do not follow on each other: records are damaged, or missing', facts)
  }
}

/** Returns up to where a log was compacted, if only before its policy was another. */
function compactedEnd(storage: Storage, folder: string): number {
  const entries = readCompactionCheckpoint(storage) ?? []
  return entries.find((entry) => `${entry.topic}-${entry.partition}` === folder)?.offset ?? 0
}
