/** What can be asked of streams while they run: what they remember, and how they do. */

import type { Running } from '../../client/running.ts'
import type { GroupMember } from '../../client/admin/admin-groups.ts'
import type { DropReason } from '../operators/operator.ts'
import type { TopologyNode } from '../topology/topology-node.ts'
import type { WindowResult } from '../window.ts'

/** What a store is of: a `Table`, or a `WindowedTable`. */
export interface StoredTable<Value, Key> {
  /** @internal */
  readonly node: TopologyNode
  /** What all tables have, and by which their types are told apart. */
  forEach(handle: (key: Key, value: Value) => unknown): unknown
}

/**
 * - `connecting`: it has no tasks: it is not in its group yet, or begins again after what passes,
 *   or others have all there is. One that joins others first gets its copies (`standbyReplicas`).
 * - `restoring`: at least one of its tasks reads what it has to remember; the others are at work.
 * - `running`: all of its tasks are at work.
 * - `closed`: it has ended.
 */
export type StreamStatus = 'connecting' | 'restoring' | 'running' | 'closed'

/** What `.to()` and `.forEach()` return: the running of what leads there. */
export interface StreamRun extends Running {
  /** How it is doing. */
  readonly status: StreamStatus
  /** Calls `listener` with each status that comes from now on. Returns what ends that. */
  onStatus(listener: (status: StreamStatus) => void): () => void
  /**
   * Returns what a table remembers, as far as it is with this worker. A table is named by what the
   * program has of it, or by the name of its step, which `describe()` shows.
   *
   * @throws StoreUnavailableError before the run has started, or where no step remembers it
   */
  store<Value, Key>(table: StoredTable<Value, Key>): TableStore<Value, Key>
  store<Value = unknown, Key = string>(name: string): TableStore<Value, Key>
  /** Returns the windows that are open, in the same way. */
  windowStore<Value, Key>(table: StoredTable<WindowResult<Value>, Key>): WindowStore<Value, Key>
  windowStore<Value = unknown, Key = string>(name: string): WindowStore<Value, Key>
  /** Returns how it does, since it was first started. */
  metrics(): StreamMetrics
}

/** Where a key is, among the workers that share an application. */
export interface KeyOwner {
  /** The partition that the key is in, from 0. */
  readonly partition: number
  /** Whether this worker has it. */
  readonly isLocal: boolean
  /** Whose partition it is now, as the group says; nobody's for a moment while partitions move. */
  readonly member: GroupMember | undefined
}

interface Store<Key> {
  /** Returns who has a key. */
  ownerOf(key: Key): Promise<KeyOwner>
}

/** The rows of a table that are with this worker. Values are no copies: they are to be read. */
export interface TableStore<Value, Key> extends Store<Key> {
  /**
   * Returns the row of a key; `undefined` where there is none.
   *
   * @throws StoreUnavailableError where the key is with another worker, or is being restored
   */
  get(key: Key): Value | undefined
  /** Returns the rows whose keys are not before `from` and not after `to`, in their order. */
  range(from: Key, to: Key): [Key, Value][]
  /** Returns all rows, in no particular order. */
  all(): [Key, Value][]
}

/** The windows of a table that are open, and with this worker. */
export interface WindowStore<Value, Key> extends Store<Key> {
  /**
   * Returns the windows of a key in the order of their starts; of those that began in a span of
   * time, if one is given, both ends included.
   *
   * @throws StoreUnavailableError where the key is with another worker, or is being restored
   */
  windows(key: Key, span?: { readonly from?: number; readonly to?: number }): WindowResult<Value>[]
  /** Returns all windows, in no particular order. */
  all(): [Key, WindowResult<Value>][]
}

/** How a task does: the work on one partition of what is read together. */
export interface TaskMetrics {
  /** The first topic that it reads. */
  readonly name: string
  /** The partition that it is for, from 0. */
  readonly partition: number
  /** Whether it still reads what it has to remember. */
  readonly state: 'restoring' | 'running'
  /** Offsets of its changelog that were read before it began, or are by now. */
  readonly restored: number
  /** Offsets of its changelog that are still to be read before it begins. */
  readonly toRestore: number
  /** Records that it has processed. */
  readonly recordsIn: number
  /** Records that are in its partitions, and not processed yet, as far as is known here. */
  readonly lag: number
}

/** A copy of what the task of another worker remembers. */
export interface StandbyMetrics {
  /** The changelog. */
  readonly topic: string
  /** The partition that the task is for, from 0. */
  readonly partition: number
  /** Offsets that it lacks of the changelog; `undefined` while that is not known. */
  readonly lag: number | undefined
}

/** How a run does. Numbers are since it was first started, but for those of tasks. */
export interface StreamMetrics {
  /** Those that are with this worker. */
  readonly tasks: readonly TaskMetrics[]
  /** Copies that are kept up to date for tasks of others. */
  readonly standbys: readonly StandbyMetrics[]
  /** Records that were processed. */
  readonly recordsIn: number
  /** Records that were written to topics, by the steps that write them. */
  readonly recordsOut: Readonly<Record<string, number>>
  /** Records that went no further, by step and reason. */
  readonly dropped: Readonly<Record<string, Readonly<Partial<Record<DropReason | 'late', number>>>>>
  /** Records at which the program threw, and that were skipped. */
  readonly skipped: number
  /** How many commits there were, and how long they took, in milliseconds. */
  readonly commits: {
    readonly count: number
    readonly lastMs: number
    readonly maxMs: number
    readonly totalMs: number
  }
  /** Entries of changelogs that were read before tasks began. */
  readonly restored: number
  /** How often it began again after what passes. */
  readonly restarts: number
}
