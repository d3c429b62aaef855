/** What can be said of the running of a topology. */

import type { Duration } from '../../client/duration.ts'
import type { DropReason } from '../operators/operator.ts'

/** A record that went no further. */
export interface DroppedRecord {
  readonly reason: DropReason
  /** The step at which it was dropped; see `describe()`. */
  readonly step: string
  readonly key: unknown
  readonly value: unknown
  /** Milliseconds since 1970. */
  readonly timestamp: number
}

/** A record that could not be read, or at which the program threw. */
export interface FailedRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly error: Error
}

export interface RunOptions {
  /**
   * How often each record counts in results, changelogs and offsets, whatever crashes. What
   * callbacks do elsewhere is outside of it. Exactly once costs a transaction for each commit, and
   * consumers see results once it is committed.
   *
   * @default 'atLeastOnce'
   */
  readonly guarantee?: 'atLeastOnce' | 'exactlyOnce'
  /** How often what is processed is committed. @default '1s'; '100ms' for exactly once */
  readonly commitInterval?: Duration
  /**
   * After so long a transaction is aborted whose worker is gone; until then, its partitions wait.
   *
   * @default '10s'
   */
  readonly transactionTimeout?: Duration
  /** Without a record for so long, time goes on by itself, so that windows close. @default '30s' */
  readonly idle?: Duration
  /** Is told of each record, or its part in a window, that went no further, as what is late. */
  readonly onDrop?: (dropped: DroppedRecord) => void
  /**
   * What is done with a record that cannot be read, or at which the program throws: `fail` ends the
   * run, `skip` goes on with the next one. What came of it before stays.
   *
   * @default fail; skip where there is a `deadLetter`
   */
  readonly onError?: (failed: FailedRecord) => 'fail' | 'skip'
  /**
   * The topic for such records. Their bytes go there as they are, with headers that say whence they
   * come and what was wrong.
   */
  readonly deadLetter?: string
}
