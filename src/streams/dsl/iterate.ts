/** `for await` over what comes out of a topology. */

import { notProcessed } from '../operators/task-context.ts'
import type { RunOptions } from './run-options.ts'
import type { StreamRun } from './stream-queries.ts'

/** What the run of a loop is told, beside what programs say. */
export interface IterationOptions extends RunOptions {
  /** Is called before the run is closed, by whomever: nobody looks at what is there any more. */
  readonly onClosing: () => void
}

export function isIterated(options: RunOptions): options is IterationOptions {
  return 'onClosing' in options
}

/**
 * Runs what `start` starts while somebody iterates. A result is processed once the next one is
 * asked for; leaving the loop ends the run, and what was not looked at comes again the next time.
 */
export async function* iterate<Item>(
  start: (handle: (item: Item) => Promise<unknown>, options: IterationOptions) => StreamRun,
): AsyncGenerator<Item, void, undefined> {
  const waiting: { readonly item: Item; readonly settle: (how: unknown) => void }[] = []
  let wake: (() => void) | undefined
  let isLeft = false
  const onClosing = (): void => {
    isLeft = true
    for (const { settle } of waiting.splice(0)) settle(notProcessed)
  }
  const handle = (item: Item): Promise<unknown> => {
    if (isLeft) return Promise.resolve(notProcessed)
    return new Promise((settle) => {
      waiting.push({ item, settle })
      wake?.()
    })
  }
  const run = start(handle, { onClosing })
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
        waiting.shift()?.settle(undefined)
      } else await new Promise<void>((resolve) => (wake = resolve))
    }
    await run.finished
  } finally {
    await run.close()
  }
}
