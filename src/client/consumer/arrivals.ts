/**
 * Those who wait for something to be there. Who gives up is forgotten at once: a consumer may be
 * asked for a record, with a time limit, a million times before one comes.
 */

export class Arrivals {
  readonly #waiting = new Set<() => void>()

  get waitingCount(): number {
    return this.#waiting.size
  }

  /** Resolves with the next arrival. @throws the reason of `signal` */
  next(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiting.delete(arrived)
        reject(signal!.reason as Error)
      }
      const arrived = (): void => {
        signal?.removeEventListener('abort', onAbort)
        resolve()
      }
      if (signal?.aborted) return onAbort()
      signal?.addEventListener('abort', onAbort, { once: true })
      this.#waiting.add(arrived)
    })
  }

  /** Something is there. */
  tell(): void {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const arrived of waiting) arrived()
  }
}
