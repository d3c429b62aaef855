/** Counts what a run does. It goes on counting when the run begins again. */

import type { RestoreProgress } from '../dsl/run-options.ts'
import type { StreamMetrics } from '../dsl/stream-queries.ts'
import type { DropReason } from '../operators/operator.ts'

type Drops = Partial<Record<DropReason | 'late', number>>

export class StreamMeter {
  readonly #out: Record<string, number> = {}
  readonly #dropped: Record<string, Drops> = {}
  readonly #commits = { count: 0, lastMs: 0, maxMs: 0, totalMs: 0 }
  #recordsIn = 0
  #restored = 0
  #skipped = 0
  #starts = 0

  started(): void {
    this.#starts++
  }

  /** Records were processed. */
  processed(count: number): void {
    this.#recordsIn += count
  }

  written(step: string): void {
    this.#out[step] = (this.#out[step] ?? 0) + 1
  }

  dropped(step: string, reason: DropReason | 'late'): void {
    const drops = (this.#dropped[step] ??= {})
    drops[reason] = (drops[reason] ?? 0) + 1
  }

  skipped(): void {
    this.#skipped++
  }

  committed(tookMs: number): void {
    const commits = this.#commits
    commits.count++
    commits.lastMs = tookMs
    commits.maxMs = Math.max(commits.maxMs, tookMs)
    commits.totalMs += tookMs
  }

  restored({ restored, isDone }: RestoreProgress): void {
    if (isDone) this.#restored += restored
  }

  metrics({ tasks, standbys }: Pick<StreamMetrics, 'tasks' | 'standbys'>): StreamMetrics {
    return {
      tasks,
      standbys,
      recordsIn: this.#recordsIn,
      recordsOut: { ...this.#out },
      dropped: structuredClone(this.#dropped),
      skipped: this.#skipped,
      commits: { ...this.#commits },
      restored: this.#restored,
      restarts: Math.max(0, this.#starts - 1),
    }
  }
}
