/** What a partition's log is given when it is opened. */

import type { Codecs } from '../record/compression.ts'
import type { Clock, Logger } from '../runtime/runtime.ts'
import type { Storage } from '../storage/storage.ts'
import type { LogConfig } from './log-config.ts'
import type { LogError } from './log-error.ts'

/** When appended records reach the disk: before they are acknowledged, or when the system likes. */
export type FlushMode = 'ack' | 'os'

export interface PartitionLogOptions {
  readonly storage: Storage
  /** `<topic>-<partition>` */
  readonly folder: string
  readonly config: LogConfig
  readonly clock: Clock
  readonly logger: Logger
  readonly flush: FlushMode
  /** To see the keys of compressed batches, in a log that is compacted. @default none */
  readonly codecs?: Codecs | undefined
  /** Whether the index files and snapshots may be trusted as far as they fit the log. */
  readonly wasCleanShutdown: boolean
  /**
   * Records below this offset are known to have been on the disk (`recovery/points.ts`).
   *
   * @default nothing is known
   */
  readonly recoveryPoint?: number | undefined
  /** Called once, when the log can take no more records. */
  readonly onFailure: (error: LogError) => void
  /**
   * Called once the log is open; resolves once what else must be on the disk is there, before any
   * record counts as durable.
   */
  readonly prepare?: () => Promise<void>
}
