/** What each link of a chain of `RecordStream`s does, and a subscription at its end. */

import type { Awaitable, Leaving, Observer, StreamIterator } from './stream-iterator.ts'

/** Gives the next item of a stream that is made from another. */
export type Operator<In, Out> = (
  upstream: StreamIterator<In>,
) => Promise<IteratorResult<Out, undefined>>

/** Whether a subscription has come to its end. */
export interface Progress {
  isClosed: boolean
}

const done = Object.freeze({ done: true, value: undefined })

/** Passes on the items for which `predicate` holds. */
export function filtered<Item>(
  predicate: (item: Item) => Awaitable<boolean>,
): Operator<Item, Item> {
  return async (upstream) => {
    for (;;) {
      const result = await upstream.next()
      if (result.done || (await predicate(result.value))) return result
    }
  }
}

export function mapped<In, Out>(transform: (item: In) => Awaitable<Out>): Operator<In, Out> {
  return async (upstream) => {
    const result = await upstream.next()
    return result.done ? done : { done: false, value: await transform(result.value) }
  }
}

/** Passes on what `transform` makes of each item, one after the other. */
export function flattened<In, Out>(
  transform: (item: In) => Awaitable<Iterable<Out>>,
): Operator<In, Out> {
  let rest: Iterator<Out> | undefined
  return async (upstream) => {
    for (;;) {
      const next = rest?.next()
      if (next && !next.done) return { done: false, value: next.value }
      const result = await upstream.next()
      if (result.done) return done
      rest = (await transform(result.value))[Symbol.iterator]()
    }
  }
}

/** Ends after `count` items. */
export function taken<Item>(count: number): Operator<Item, Item> {
  let left = count
  return async (upstream) => {
    if (left > 0) {
      left--
      return upstream.next()
    }
    await upstream.return('processed' satisfies Leaving)
    return done
  }
}

/** Pushes what `iterator` gives to `observer`, until that is through or `progress` is closed. */
export async function pushTo<Item>(
  observer: Observer<Item>,
  iterator: StreamIterator<Item>,
  progress: Progress,
): Promise<void> {
  while (!progress.isClosed) {
    const result = await iterator.next()
    if (progress.isClosed) return
    if (result.done) break
    await observer.next?.(result.value)
  }
  if (progress.isClosed) return
  progress.isClosed = true
  // What it throws is for the platform to tell, as with any callback.
  queueMicrotask(() => observer.complete?.())
}
