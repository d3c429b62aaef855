/**
 * Lazy chains over what a consumer gives: nothing runs before the end of the chain asks for items,
 * one at a time. Leaving the chain, from whichever end, closes the consumer. What a link does is in
 * `record-operators.ts`, which is loaded when a chain first runs.
 */

import type { Operator, Progress } from './record-operators.ts'
import type { Awaitable, Observer, StreamIterator } from './stream-iterator.ts'
import type { Leaving } from './stream-iterator.ts'

/** What `subscribe` returns. */
export interface Subscription {
  /** Whether no more will come. */
  readonly closed: boolean
  /** Closes the consumer; the observer hears nothing any more. */
  unsubscribe(): void
}

/** Where RxJS and others look for `subscribe`. */
const observable = ((Symbol as { observable?: symbol }).observable ??
  '@@observable') as '@@observable'

const done = Object.freeze({ done: true, value: undefined })

/**
 * Items that come one after the other, and what can be made of them. Nothing is read before
 * somebody asks for an item.
 */
export abstract class RecordStream<Item> implements AsyncIterable<Item> {
  abstract [Symbol.asyncIterator](): StreamIterator<Item>

  /** Passes on the items for which `predicate` holds. */
  filter<Kept extends Item>(predicate: (item: Item) => item is Kept): RecordStream<Kept>
  filter(predicate: (item: Item) => Awaitable<boolean>): RecordStream<Item>
  filter(predicate: (item: Item) => Awaitable<boolean>): RecordStream<Item> {
    return new DerivedStream(this, ({ filtered }) => filtered(predicate))
  }

  /** Makes something else of each item, one after the other. */
  map<Result>(transform: (item: Item) => Awaitable<Result>): RecordStream<Result> {
    return new DerivedStream(this, ({ mapped }) => mapped(transform))
  }

  /** Passes on what `transform` makes of each item, one after the other. */
  flatMap<Result>(transform: (item: Item) => Awaitable<Iterable<Result>>): RecordStream<Result> {
    return new DerivedStream(this, ({ flattened }) => flattened(transform))
  }

  /** Ends after `count` items; the consumer is closed once the last one was dealt with. */
  take(count: number): RecordStream<Item> {
    return new DerivedStream(this, ({ taken }) => taken(count))
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
      signal?.removeEventListener('abort', stop)
      await iterator.return()
      throw error
    }
    await iterator.return('processed' satisfies Leaving)
  }

  /** Pushes the items to `observer`, from now on. */
  subscribe(observer: Observer<Item> | ((item: Item) => unknown)): Subscription {
    const target = typeof observer === 'function' ? { next: observer } : observer
    const iterator = this[Symbol.asyncIterator]()
    const progress: Progress = { isClosed: false }
    const fail = (error: unknown): unknown => {
      if (progress.isClosed) return undefined
      progress.isClosed = true
      void iterator.return()
      if (!target.error) throw error
      return target.error(error)
    }
    const pushing = loadOperators().then(({ pushTo }) => pushTo(target, iterator, progress))
    pushing.catch(fail).catch((error: unknown) => {
      // Nobody is there to be told, so it is for the platform to tell, as with any callback.
      queueMicrotask(() => {
        throw error
      })
    })
    return {
      get closed() {
        return progress.isClosed
      },
      unsubscribe() {
        progress.isClosed = true
        void iterator.return()
      },
    }
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

type Choose<In, Out> = (operators: typeof import('./record-operators.ts')) => Operator<In, Out>

const loadOperators = () => import('./record-operators.ts')

class DerivedStream<In, Out> extends RecordStream<Out> {
  readonly #source: RecordStream<In>
  readonly #choose: Choose<In, Out>

  constructor(source: RecordStream<In>, choose: Choose<In, Out>) {
    super()
    this.#source = source
    this.#choose = choose
  }

  [Symbol.asyncIterator](): StreamIterator<Out> {
    const upstream = this.#source[Symbol.asyncIterator]()
    let operator: Promise<Operator<In, Out>> | undefined
    return {
      next: async () => {
        try {
          operator ??= loadOperators().then(this.#choose)
          return await (
            await operator
          )(upstream)
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
