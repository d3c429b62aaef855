/**
 * The commits of a run, one after the other. At one moment it is decided what is processed, and
 * what the tasks remember then; that is written once all results before it are stored, and made
 * final as the guarantee has it.
 */

import type { AssignedPartition } from '../../client/consumer/assigned-partition.ts'
import type { CommitIdentity } from '../../client/group/offset-committer.ts'
import type { Clock } from '../../runtime/runtime.ts'
import { CommitQueue } from './commit-queue.ts'
import type { Guarantee, ProcessedOffsets } from './guarantee.ts'
import type { RunningTask } from './running-task.ts'
import type { StreamMeter } from './stream-meter.ts'
import type { StreamOutput } from './stream-output.ts'
import type { TaskContexts } from './task-contexts.ts'
import type { TaskState, WriteRecord } from './task-state.ts'

export interface TaskCommitsOptions {
  readonly guarantee: Guarantee
  readonly output: StreamOutput
  readonly contexts: TaskContexts
  readonly meter: StreamMeter
  readonly clock: Clock
  /** What the run has failed with: nothing is committed any more. */
  readonly failure: () => Error | undefined
  /** Whether nothing is begun any more. */
  readonly isClosing: () => boolean
}

/** What has changed of what a task remembers. */
interface Drained {
  readonly state: TaskState
  /** Whose the task is. */
  readonly member: CommitIdentity
  /** For its changelog. */
  readonly changes: readonly Parameters<WriteRecord>[]
  /** To be called once it is committed. */
  readonly keep: () => void
}

export class TaskCommits {
  readonly #options: TaskCommitsOptions
  readonly #queue = new CommitQueue()
  #underWay = 0
  #onCommitted: ((offsets: ProcessedOffsets) => void) | undefined

  constructor(options: TaskCommitsOptions) {
    this.#options = options
  }

  /** Has `listener` told of each commit once it is made. */
  onCommitted(listener: (offsets: ProcessedOffsets) => void): void {
    this.#onCommitted = listener
  }

  /** Commits what these tasks have done up to now, after the commits that are under way. */
  commit(tasks: readonly RunningTask[]): Promise<void> {
    const { guarantee, contexts, failure } = this.#options
    // What tasks remember must not get ahead of what is committed.
    const before = failure()
    if (before) return Promise.reject(before)
    const offsets = new Map<AssignedPartition, number>()
    const drained: Drained[] = []
    for (const { inputs, isRestored, state } of tasks) {
      if (!isRestored) continue
      const changed = state && drain(state, inputs[0]!.partition.identity)
      if (changed) drained.push(changed)
      // Also where time alone has made results: the group refuses the offsets of who was replaced.
      const isFenced = guarantee.isExclusive && changed !== undefined && changed.changes.length > 0
      for (const { partition: read, done } of inputs) {
        const isNew = done !== undefined && done > (read.committed ?? -1)
        if (isNew || isFenced) offsets.set(read, done ?? read.startedAt)
      }
    }
    const callbacks = [...contexts.callbacks]
    this.#underWay++
    return this.#queue.add(async () => {
      await Promise.all(callbacks)
      await this.#commit(offsets, drained)
      this.#underWay--
    })
  }

  /** Whether a commit is under way. */
  get isBusy(): boolean {
    return this.#underWay > 0
  }

  /** Gives up what was done since the last commit, as far as the guarantee can. */
  beginAnew(reason: Error): Promise<void> {
    const { guarantee } = this.#options
    return this.#queue.add(async () => {
      await guarantee.abort(reason)
      await guarantee.begin()
    })
  }

  /** Resolves when nothing is under way. @throws what a commit has failed with */
  idle(): Promise<void> {
    return this.#queue.idle()
  }

  async #commit(offsets: ProcessedOffsets, drained: readonly Drained[]): Promise<void> {
    const { guarantee, contexts, meter, clock, failure, isClosing } = this.#options
    this.#throwFailure()
    if (contexts.isLeft) return
    const begunMs = clock.monotonic()
    await this.#write(drained)
    await guarantee.commit(offsets)
    meter.committed(clock.monotonic() - begunMs)
    this.#onCommitted?.(offsets)
    if (!failure()) for (const { keep } of drained) keep()
    if (!isClosing()) await guarantee.begin()
  }

  /** Writes what tasks remember behind all results; resolves once both are stored. */
  async #write(drained: readonly Drained[]): Promise<void> {
    const { guarantee, output } = this.#options
    const changed = drained.find(({ changes }) => changes.length > 0)
    if (changed && !guarantee.isExclusive) {
      // A result that cannot be stored would never come again where it is remembered as given.
      await this.#stored()
      // Nor may what others remember by now be overwritten, after having stood still for long.
      await changed.member.confirmed()
      this.#throwFailure()
    }
    for (const { state, changes } of drained) {
      // What was lost meanwhile others remember on their own.
      if (!state.isClosed) for (const change of changes) output.write(...change)
    }
    await this.#stored()
  }

  /** Resolves once all that was sent is stored. @throws what could not be: it has failed the run */
  async #stored(): Promise<void> {
    await this.#options.guarantee.sender.flush()
    this.#throwFailure()
  }

  #throwFailure(): void {
    const failure = this.#options.failure()
    if (failure) throw failure
  }
}

function drain(state: TaskState, member: CommitIdentity): Drained {
  const changes: Parameters<WriteRecord>[] = []
  const keep = state.drain((...change) => changes.push(change))
  return { state, member, changes, keep }
}
