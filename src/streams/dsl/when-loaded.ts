/** Something that runs, from before its program is there. */

import type { ClientRun } from '../../client/running.ts'

/** Returns what is still being loaded as if it were there. */
export function whenLoaded(loading: Promise<ClientRun>): ClientRun {
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
    hurry: () => {
      loading.then(
        (running) => running.hurry?.(),
        () => {
          // `finished` says so.
        },
      )
    },
  }
}
