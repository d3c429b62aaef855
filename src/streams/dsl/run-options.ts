/** What can be said of the running of a topology. */

import type { Duration } from '../../client/failure/duration.ts'
import type { DropReason } from '../operators/operator.ts'

/** A record that went no further. */
export interface DroppedRecord {
  /** Why: such as `late`, or that it has no key. */
  readonly reason: DropReason | 'late'
  /** The step at which it was dropped; see `describe()`. */
  readonly step: string
  /** The key, as the step had it. */
  readonly key: unknown
  /** The value, as the step had it. */
  readonly value: unknown
  /** Milliseconds since 1970. */
  readonly timestamp: number
  /** Of a late one: how far time had come. */
  readonly streamTime?: number
  /** Of a late one: the window that was closed. Where windows slide, its end is in it. */
  readonly window?: { readonly start: number; readonly end: number } | undefined
}

/** A record that could not be read, or at which the program threw. */
export interface FailedRecord {
  /** The topic that it is in. */
  readonly topic: string
  /** The partition that it is in, from 0. */
  readonly partition: number
  /** Its place in the partition. */
  readonly offset: number
  /** What was thrown. */
  readonly error: Error
}

/** How far the reading of a changelog has come, before a task begins. */
export interface RestoreProgress {
  /** The changelog. */
  readonly topic: string
  /** The partition that the task is for, from 0. */
  readonly partition: number
  /** Offsets of the changelog that are read. */
  readonly restored: number
  /** Offsets of the changelog that there are to read. */
  readonly total: number
  /** Whether all is read, and the task begins. */
  readonly isDone: boolean
}

/** How streams are run: guarantees, commits, state, and what happens to what fails. */
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
  /**
   * What is done where the program is not what it was, and would lose what it has remembered: other
   * names of steps, other windows, other numbers of partitions. `fail` says what, and ends the run.
   *
   * @default 'fail'
   */
  readonly onTopologyChange?: 'fail' | 'accept'
  /** Is told of each record, or its part in a window, that went no further, as what is late. */
  readonly onDrop?: (dropped: DroppedRecord) => void
  /**
   * What is done with a record that cannot be read, or at which the program throws, at once or in
   * a promise: `fail` ends the run, `skip` goes on with the next one. What came of it before stays.
   * Where time has come for a result that fails, as its window is over, it is told by the record at
   * which that was, or the last one before; that result alone is skipped, and is no dead letter.
   *
   * @default fail; skip where there is a `deadLetter`
   */
  readonly onError?: (failed: FailedRecord) => 'fail' | 'skip'
  /**
   * The topic for such records. Their bytes go there as they are, with headers that say whence they
   * come and what was wrong.
   */
  readonly deadLetter?: string
  /**
   * A folder of this worker alone for what its tasks remember, so that a restart reads only the
   * rest of their changelogs, and tables need not be in memory. Node only.
   *
   * @default none: everything is in memory, and a restart reads the whole of the changelogs
   */
  readonly stateFolder?: string
  /**
   * How many workers may be gone at once without a task having to read all that it has to remember:
   * each task has so many copies on others, kept up to date from its changelog, where it would go.
   * They take as much room there as the task does, in the `stateFolder`, or in memory without one.
   * A worker that joins others gets its copies before it takes anything over.
   *
   * @default 0
   */
  readonly standbyReplicas?: number
  /** Is told how far each task is that reads what it has to remember, before it begins. */
  readonly onRestore?: (progress: RestoreProgress) => void
}
