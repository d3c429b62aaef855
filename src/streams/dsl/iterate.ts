/** `for await` over what comes out of a topology. */

import { notProcessed } from '../operators/task-context.ts'
import type { StreamRun } from './stream-queries.ts'

/**
 * Runs what `start` starts while somebody iterates. A result is processed once the next one is
 * asked for; leaving the loop ends the run, and what was not looked at comes again the next time.
 */
export async function* iterate<Item>(
  start: (handle: (item: Item) => Promise<unknown>) => StreamRun,
): AsyncGenerator<Item, void, undefined> {
  const waiting: { readonly item: Item; readonly settle: (how: unknown) => void }[] = []
  let wake: (() => void) | undefined
  let isLeft = false
  const run = start((item) => {
    if (isLeft) return Promise.resolve(notProcessed)
    return new Promise((settle) => {
      waiting.push({ item, settle })
      wake?.()
    })
  })
  let hasEnded = false
  const ended = (): void => {
    hasEnded = true
    wake?.()
  }
  run.finished.then(ended, ended)
  try {
    while (!hasEnded) {
      const next = waiting[0]
      if (next) {
        yield next.item
        waiting.shift()
        next.settle(undefined)
      } else await new Promise<void>((resolve) => (wake = resolve))
    }
    await run.finished
  } finally {
    isLeft = true
    for (const { settle } of waiting) settle(notProcessed)
    await run.close()
  }
}
