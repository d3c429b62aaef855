/**
 * The compaction of one log: one round at a time (`round.ts`), none once the log is
 * closed or deleted.
 */

import { CompactionInterruptedError, runRound } from './round.ts'
import type { CompactedLog, CompactionResult, RoundOptions } from './round.ts'
import type { CompactionPace } from './pace.ts'
import { planCompaction } from './plan.ts'
import type { CompactionPlan } from './plan.ts'

export class LogCompaction {
  readonly #log: CompactedLog
  #running: Promise<CompactionResult> | undefined
  #pace: CompactionPace | undefined
  #isGone = false
  #isClosing = false
  /** A `.swap` file may be there that must not be: only the next start can tell. */
  #isBlocked = false

  constructor(log: CompactedLog) {
    this.#log = log
  }

  /**
   * Returns what there is to do for a log that is compacted up to `compactedOffset`, once what was
   * appended is on the disk.
   */
  plan(
    compactedOffset: number,
    nowMs: number,
    closedEnd = this.#log.segments.active.baseOffset,
  ): CompactionPlan {
    const { segments, config, lastStableOffset } = this.#log
    return planCompaction({
      closed: segments.planned(closedEnd),
      closedEnd,
      compactedOffset,
      lastStableOffset: lastStableOffset(),
      config: config(),
      nowMs,
    })
  }

  /**
   * Runs one round. Returns `undefined` where it was not finished, as the log has changed under it
   * or is being closed.
   *
   * @throws InvalidBatchError where the log is damaged
   */
  async compact(
    options: Omit<RoundOptions, 'plan'> & { readonly compactedOffset: number },
  ): Promise<CompactionResult | undefined> {
    const { compactedOffset, pace, nowMs } = options
    const isStopped = (): boolean => this.#isGone || this.#isClosing || pace.isStopped
    if (this.#running || this.#isBlocked || isStopped()) return undefined
    this.#pace = pace
    this.#running = runRound(
      this.#log,
      {
        ...options,
        plan: () => this.plan(compactedOffset, nowMs, this.#log.segments.settledOffset),
      },
      {
        isGone: () => this.#isGone,
        isStopped,
        block: () => {
          this.#isBlocked = true
        },
      },
    )
    try {
      return await this.#running
    } catch (error) {
      // What fails while the log goes away is of no interest: the next start puts it right.
      if (error instanceof CompactionInterruptedError || isStopped()) return undefined
      throw error
    } finally {
      this.#running = undefined
      this.#pace = undefined
    }
  }

  /** Ends a running round, and lets none begin. Resolves once no file of the log is in use. */
  async close(): Promise<void> {
    this.#isClosing = true
    this.#pace?.wake()
    await this.#running?.catch(() => {
      // It is told to who started the round.
    })
  }

  /** Leaves the files alone from now on: the folder is gone. */
  abandon(): void {
    this.#isGone = true
    this.#pace?.wake()
  }
}
