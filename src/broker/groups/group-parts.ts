/** What every group is run with, and who asks. */

import type { Clock, Logger, Random } from '../../runtime/runtime.ts'
import { Deadlines } from '../deadlines.ts'
import type { StateJournal } from '../state-journal.ts'
import type { ResolvedGroupOptions } from './group-options.ts'
import type { MaySee } from './pattern-rights.ts'
import type { TopicLookup } from './topic-lookup.ts'

/** What members of a KIP-848 group are held to. */
export interface SessionTimes {
  /** How long a member may be silent. */
  readonly sessionTimeoutMs: number
  /** How often a member is asked to report. */
  readonly heartbeatIntervalMs: number
}

export interface GroupParts {
  readonly journal: StateJournal
  readonly topics: TopicLookup
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly options: ResolvedGroupOptions
  /** What the options say, or a group's own configs. */
  readonly sessionOf: (groupId: string) => SessionTimes
}

/** Returns timers of a group, which says in the log output where it cannot be stored. */
export function deadlinesOf(groupId: string, { clock, logger }: GroupParts): Deadlines {
  return new Deadlines(clock, (error) => {
    logger.error('group could not be stored', { groupId, error })
  })
}

/** The client behind a request. */
export interface Caller {
  /** The version of the request. */
  readonly version: number
  readonly clientId: string
  readonly clientHost: string
  /** Aborted when the client's connection ends. */
  readonly closed: AbortSignal
  /** Which topics it may see; all where it is left out. */
  readonly maySee?: MaySee
}
