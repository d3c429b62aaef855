/**
 * Lazy chains over what a consumer gives: nothing runs before the end of the chain asks for items,
 * one at a time. Leaving the chain, from whichever end, closes the consumer.
 */

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

export interface Subscription {
  /** Whether no more will come. */
  readonly closed: boolean
  /** Closes the consumer; the observer hears nothing any more. */
  unsubscribe(): void
}

/** Where RxJS and others look for `subscribe`. */
const observable = ((Symbol as { observable?: symbol }).observable ??
  '@@observable') as '@@observable'

type Awaitable<Result> = Result | PromiseLike<Result>

const done = Object.freeze({ done: true, value: undefined })

export abstract class RecordStream<Item> implements AsyncIterable<Item> {
  abstract [Symbol.asyncIterator](): StreamIterator<Item>

  /** Passes on the items for which `predicate` holds. */
  filter<Kept extends Item>(predicate: (item: Item) => item is Kept): RecordStream<Kept>
  filter(predicate: (item: Item) => Awaitable<boolean>): RecordStream<Item>
  filter(predicate: (item: Item) => Awaitable<boolean>): RecordStream<Item> {
    return new DerivedStream(this, async (upstream) => {
      for (;;) {
        const result = await upstream.next()
        if (result.done || (await predicate(result.value))) return result
      }
    })
  }

  map<Result>(transform: (item: Item) => Awaitable<Result>): RecordStream<Result> {
    return new DerivedStream<Item, Result>(this, async (upstream) => {
      const result = await upstream.next()
      return result.done ? done : { done: false, value: await transform(result.value) }
    })
  }

  /** Passes on what `transform` makes of each item, one after the other. */
  flatMap<Result>(transform: (item: Item) => Awaitable<Iterable<Result>>): RecordStream<Result> {
    return new DerivedStream<Item, Result, { rest: Iterator<Result> | undefined }>(
      this,
      async (upstream, state) => {
        for (;;) {
          const next = state.rest?.next()
          if (next && !next.done) return { done: false, value: next.value }
          const result = await upstream.next()
          if (result.done) return done
          state.rest = (await transform(result.value))[Symbol.iterator]()
        }
      },
      () => ({ rest: undefined }),
    )
  }

  /** Ends after `count` items; the consumer is closed once the last one was dealt with. */
  take(count: number): RecordStream<Item> {
    return new DerivedStream<Item, Item, { left: number }>(
      this,
      async (upstream, state) => {
        if (state.left > 0) {
          state.left--
          return upstream.next()
        }
        await upstream.return('processed' satisfies Leaving)
        return done
      },
      () => ({ left: count }),
    )
  }

  /**
   * Calls `action` for each item and waits for it, until the consumer is closed or `signal` is
   * aborted; the item in hand is dealt with then.
   */
  async forEach(
    action: (item: Item) => unknown,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<void> {
    const iterator = this[Symbol.asyncIterator]()
    const stop = (): void => void iterator.return()
    try {
      while (!signal?.aborted) {
        signal?.addEventListener('abort', stop)
        const result = await iterator.next()
        signal?.removeEventListener('abort', stop)
        if (result.done) return
        await action(result.value)
      }
    } catch (error) {
      await iterator.return()
      throw error
    }
    await iterator.return('processed' satisfies Leaving)
  }

  /** Pushes the items to `observer`, from now on. */
  subscribe(observer: Observer<Item> | ((item: Item) => unknown)): Subscription {
    return new StreamSubscription(
      this[Symbol.asyncIterator](),
      typeof observer === 'function' ? { next: observer } : observer,
    )
  }

  [observable](): this {
    return this
  }

  /** Collects all items; only useful where `take` ends them. */
  async toArray(): Promise<Item[]> {
    const items: Item[] = []
    for await (const item of this) items.push(item)
    return items
  }

  /** Returns the first item and closes the consumer; `undefined` where that was closed before. */
  async first(): Promise<Item | undefined> {
    const iterator = this[Symbol.asyncIterator]()
    try {
      const result = await iterator.next()
      return result.value
    } finally {
      await iterator.return()
    }
  }
}

type Next<In, Out, State> = (
  upstream: StreamIterator<In>,
  state: State,
) => Promise<IteratorResult<Out, undefined>>

class DerivedStream<In, Out, State = undefined> extends RecordStream<Out> {
  readonly #source: RecordStream<In>
  readonly #next: Next<In, Out, State>
  readonly #start: (() => State) | undefined

  constructor(source: RecordStream<In>, next: Next<In, Out, State>, start?: () => State) {
    super()
    this.#source = source
    this.#next = next
    this.#start = start
  }

  [Symbol.asyncIterator](): StreamIterator<Out> {
    const upstream = this.#source[Symbol.asyncIterator]()
    const state = this.#start?.() as State
    return {
      next: async () => {
        try {
          return await this.#next(upstream, state)
        } catch (error) {
          // Who iterates does not call `return` after an error, and the consumer has to go.
          await upstream.return()
          throw error
        }
      },
      async return(leaving) {
        await upstream.return(leaving)
        return done
      },
    }
  }
}

class StreamSubscription<Item> implements Subscription {
  readonly #iterator: StreamIterator<Item>
  readonly #observer: Observer<Item>
  #isClosed = false

  constructor(iterator: StreamIterator<Item>, observer: Observer<Item>) {
    this.#iterator = iterator
    this.#observer = observer
    this.#push().catch((error: unknown) => {
      // Nobody is there to be told, so it is for the platform to tell, as with any callback.
      queueMicrotask(() => {
        throw error
      })
    })
  }

  get closed(): boolean {
    return this.#isClosed
  }

  unsubscribe(): void {
    this.#isClosed = true
    void this.#iterator.return()
  }

  async #push(): Promise<void> {
    try {
      while (!this.#isClosed) {
        const result = await this.#iterator.next()
        if (this.#isClosed) return
        if (result.done) break
        await this.#observer.next?.(result.value)
      }
    } catch (error) {
      if (this.#isClosed) return
      this.unsubscribe()
      if (!this.#observer.error) throw error
      return this.#observer.error(error)
    }
    if (this.#isClosed) return
    this.#isClosed = true
    this.#observer.complete?.()
  }
}
