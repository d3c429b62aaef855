/** How a run is doing, for programs that show it or watch over it: tells of each change, once. */

import type { StreamStatus } from './stream-queries.ts'

export class RunStatus {
  #current: StreamStatus = 'connecting'
  readonly #listeners = new Set<(status: StreamStatus) => void>()

  get current(): StreamStatus {
    return this.#current
  }

  update(status: StreamStatus): void {
    // Nothing comes after the end.
    if (status === this.#current || this.#current === 'closed') return
    this.#current = status
    // In a turn of its own: what a listener throws does not harm the run.
    for (const listener of this.#listeners) queueMicrotask(() => listener(status))
  }

  /** Calls `listener` with each status that comes. Returns what ends that. */
  listen(listener: (status: StreamStatus) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }
}
