/** Those who wait for the high watermark of a log to move, as long polls do. */

export class AdvanceListeners {
  #listeners: Set<() => void> | undefined
  #isTelling = false

  /** Whether listeners are about to be called. */
  get isTelling(): boolean {
    return this.#isTelling
  }

  /** Calls `listener` after every move. Returns what ends that. */
  add(listener: () => void): () => void {
    const listeners = (this.#listeners ??= new Set())
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }

  /**
   * Calls the listeners, once for all moves of one turn. Not at once: who waits for records must
   * not run in the middle of somebody's append.
   */
  tell(): void {
    if (!this.#listeners || this.#listeners.size === 0 || this.#isTelling) return
    this.#isTelling = true
    queueMicrotask(() => {
      this.#isTelling = false
      // A copy, since a listener may wait anew.
      for (const listener of new Set(this.#listeners)) listener()
    })
  }
}
