/**
 * Tells of offsets that do not follow on each other. Compaction leaves such gaps, and `kafka.do
 * repair`; anything else is damage in a segment that no start reads any more: one that was cut
 * short, or a batch whose offset or length is wrong, which no checksum covers.
 */

import type { Logger } from '../runtime/runtime.ts'
import type { Storage } from '../storage/storage.ts'
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

  constructor(options: GapWatchOptions) {
    this.#options = options
  }

  /** Tells of a gap, once. What is there of the log is served all the same. */
  notice({ fromOffset, toOffset }: OffsetGap, { cleanupPolicy }: LogConfig): void {
    if (cleanupPolicy.includes('compact') || this.#told?.has(fromOffset)) return
    this.#told ??= new Set()
    this.#told.add(fromOffset)
    const { storage, folder, logger } = this.#options
    // What repair has given up, it has told of, and keeps.
    if (storage.list(folder).some((name) => name.includes('.quarantine-'))) return
    const advice = `stop the broker; 'kafka.do verify' says where`
    const facts = { folder, fromOffset, toOffset, advice }
    logger.error('offsets do not follow on each other: records are damaged, or missing', facts)
  }
}
