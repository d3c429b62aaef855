/** What every group is run with, and who asks. */

import type { Clock, Logger, Random } from '../../runtime/runtime.ts'
import type { StateJournal } from '../state-journal.ts'
import type { ResolvedGroupOptions } from './group-options.ts'
import type { TopicLookup } from './topic-lookup.ts'

export interface GroupParts {
  readonly journal: StateJournal
  readonly topics: TopicLookup
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly options: ResolvedGroupOptions
}

/** The client behind a request. */
export interface Caller {
  /** The version of the request. */
  readonly version: number
  readonly clientId: string
  readonly clientHost: string
  /** Aborted when the client's connection ends. */
  readonly closed: AbortSignal
}
