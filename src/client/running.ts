/** Something that runs on a client until it is closed, such as a stream. */
export interface Running {
  /** Resolves once it is at work; rejects with why it cannot be. */
  readonly started: Promise<void>
  /** Settles when it has ended: rejects with what it failed of. */
  readonly finished: Promise<void>
  /** Finishes what is under way, and leaves. It always settles. */
  close(): Promise<void>
}

/** Returns what is still being loaded as if it were there. */
export function whenLoaded(loading: Promise<Running>): Running {
  const started = loading.then((running) => running.started)
  const finished = loading.then((running) => running.finished)
  for (const promise of [started, finished]) {
    promise.catch(() => {
      // Who waits for it is told; that nobody does is no second failure.
    })
  }
  return {
    started,
    finished,
    close: async () => {
      const [result] = await Promise.allSettled([loading])
      if (result.status === 'fulfilled') await result.value.close()
    },
  }
}
