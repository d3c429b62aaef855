/** A list that may be awaited as a whole or gone through with `for await`. */

export class Listing<Item> implements PromiseLike<Item[]>, AsyncIterable<Item> {
  readonly #load: () => Promise<Item[]>
  #items: Promise<Item[]> | undefined

  /** `load` is called once, when somebody wants the list. */
  constructor(load: () => Promise<Item[]>) {
    this.#load = load
  }

  /** Loads the list, once: `await` calls this. */
  // oxlint-disable-next-line unicorn/no-thenable -- to be awaited is what it is for
  then<Result = Item[], Failure = never>(
    onFulfilled?: ((items: Item[]) => Result | PromiseLike<Result>) | null,
    onRejected?: ((reason: unknown) => Failure | PromiseLike<Failure>) | null,
  ): Promise<Result | Failure> {
    this.#items ??= this.#load()
    return this.#items.then(onFulfilled, onRejected)
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Item, void> {
    yield* await this
  }
}
