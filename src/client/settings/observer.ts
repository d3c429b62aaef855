/** Tells the program's instrumentation what happens, and keeps what it throws from the client. */

import type { Logger } from '../../runtime/runtime.ts'
import { messageOf } from '../failure/errors.ts'
import type { Instrumentation } from './instrumentation.ts'

export class Observer {
  readonly #instrumentation: Instrumentation
  readonly #logger: Logger
  #hasFailed = false

  constructor(instrumentation: Instrumentation, logger: Logger) {
    this.#instrumentation = instrumentation
    this.#logger = logger
  }

  /** Returns what `call` does; `undefined` where it throws. */
  tell<Result>(call: (instrumentation: Instrumentation) => Result): Result | undefined {
    try {
      return call(this.#instrumentation)
    } catch (error) {
      this.failed(error)
      return undefined
    }
  }

  /** The log has it once: what fails for one record fails for all. */
  failed(error: unknown): void {
    if (this.#hasFailed) return
    this.#hasFailed = true
    this.#logger.warn('instrumentation has failed', { error: messageOf(error) })
  }
}
