/** What every part of a client's load is given. */

import type { HistoryWriter } from '../history/history-files.ts'
import type { SeededRandom } from '../support/random.ts'
import type { Driver } from './driver.ts'

export interface LoadOptions {
  /** Begins the names of processes and groups. */
  readonly name: string
  readonly driver: Driver
  readonly writer: HistoryWriter
  readonly random: SeededRandom
  readonly signal: AbortSignal
  readonly onAcknowledged: (recordCount: number) => void
}
