/** How streams of items are gone through: asked for one at a time, or pushed to an observer. */

/** How an iteration was left: after an item was dealt with, or in the middle of it. */
export type Leaving = 'processed' | undefined

/** An iterator that can be told how it is left. */
export interface StreamIterator<Item> extends AsyncIterator<Item, undefined, undefined> {
  return(leaving?: unknown): Promise<IteratorResult<Item, undefined>>
}

/** Whom items are pushed to. */
export interface Observer<Item> {
  /** The next item comes once what this returns is settled. */
  next?(item: Item): unknown
  /** It went wrong, and no more will come. Without this the error is thrown for all to see. */
  error?(error: unknown): void
  /** The consumer was closed: no more will come. */
  complete?(): void
}

export type Awaitable<Result> = Result | PromiseLike<Result>
