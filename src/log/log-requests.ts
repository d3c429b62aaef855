/** What is asked of a partition's log, and how it answers. */

import type { LogConfig } from './log-config.ts'
import type { AppendOrigin, RecentBatch } from './producer/producer-state.ts'

export interface AppendOptions {
  readonly origin: AppendOrigin
  readonly leaderEpoch: number
}

export interface AppendResult {
  readonly baseOffset: number
  readonly lastOffset: number
  /** The timestamp of all records with `message.timestamp.type=LogAppendTime`; -1 otherwise. */
  readonly logAppendTimeMs: number
  readonly startOffset: number
  /** Whether the producer sent this batch before; nothing was appended, the offsets are the old. */
  readonly isDuplicate: boolean
}

export interface ReadOptions {
  readonly offset: number
  readonly maxBytes: number
  /** Whether the first batch is given even if it is larger than `maxBytes`. */
  readonly minOneBatch: boolean
  /** Up to where records may be read. */
  readonly upTo: 'highWatermark' | 'lastStable' | 'end'
}

/** A batch, or several back to back, as they were stored now or before. */
export type StoredBatch = Pick<RecentBatch, 'baseOffset' | 'lastOffset' | 'timestamp'>

/** Returns what an answer says of a batch. */
export function resultOf(
  { baseOffset, lastOffset, timestamp }: StoredBatch,
  log: Pick<AppendResult, 'isDuplicate' | 'startOffset'> & { readonly config: LogConfig },
): AppendResult {
  const { config, startOffset, isDuplicate } = log
  const isAppendTime = config.messageTimestampType === 'LogAppendTime'
  const logAppendTimeMs = isAppendTime ? timestamp : -1
  return { baseOffset, lastOffset, logAppendTimeMs, startOffset, isDuplicate }
}
