/** Writes the small files of one log, one write after the other, while the log goes on. */

import type { Logger } from '../runtime/runtime.ts'

const idle = Promise.resolve()

export interface UpkeepOptions {
  readonly folder: string
  readonly logger: Logger
}

export class LogUpkeep {
  readonly #options: UpkeepOptions
  /** It never rejects. */
  #last = idle
  #isStopped = false

  constructor(options: UpkeepOptions) {
    this.#options = options
  }

  /** Runs `task` after those before it. What goes wrong is logged, and rejects the promise. */
  run(task: () => Promise<void>): Promise<void> {
    const run = this.#last.then(async () => {
      if (!this.#isStopped) await task()
    })
    this.#last = run.catch((error: unknown) => {
      const { logger, folder } = this.#options
      if (!this.#isStopped) logger.error('upkeep of a log failed', { folder, error })
    })
    return run
  }

  /** Resolves once all tasks are done. */
  whenIdle(): Promise<void> {
    return this.#last
  }

  /** Leaves out the tasks that have not begun: their files are gone. */
  stop(): void {
    this.#isStopped = true
  }
}
