/**
 * Ends connections that nobody uses, as Kafka's `connections.max.idle.ms` does. Whether a byte has
 * come or gone is only asked now and then, so that requests cost nothing for it.
 */

import type { Clock, Timer } from '../runtime/runtime.ts'

export interface IdleWatchOptions {
  readonly clock: Clock
  /** A connection is closed that was idle for so long, or up to a tenth longer. */
  readonly maxIdleMs: number
}

export interface WatchedConnection {
  /** Whether something is under way that takes its time, such as a long fetch. */
  readonly isBusy: boolean
  /** Another number once a byte has come or gone. */
  readonly movedBytes: number
  closeIdle(): void
}

/** What was seen of a connection when it was last seen in use. */
interface Use {
  readonly movedBytes: number
  readonly seenMs: number
}

export class IdleWatch {
  readonly #options: IdleWatchOptions
  readonly #uses = new Map<WatchedConnection, Use>()
  #timer: Timer | undefined

  constructor(options: IdleWatchOptions) {
    this.#options = options
  }

  add(connection: WatchedConnection): void {
    this.#note(connection)
    this.#timer ??= this.#lookLater()
  }

  delete(connection: WatchedConnection): void {
    this.#uses.delete(connection)
    if (this.#uses.size > 0) return
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #note(connection: WatchedConnection): void {
    const { movedBytes } = connection
    this.#uses.set(connection, { movedBytes, seenMs: this.#options.clock.monotonic() })
  }

  #lookLater(): Timer {
    const { clock, maxIdleMs } = this.#options
    return clock.after(maxIdleMs / 10, () => {
      this.#timer = this.#lookLater()
      this.#look()
    })
  }

  #look(): void {
    const { clock, maxIdleMs } = this.#options
    const nowMs = clock.monotonic()
    for (const [connection, { movedBytes, seenMs }] of this.#uses) {
      if (connection.isBusy || connection.movedBytes !== movedBytes) this.#note(connection)
      else if (nowMs - seenMs >= maxIdleMs) connection.closeIdle()
    }
  }
}
