/** Records that were sent and are not acknowledged yet: how much that may be, what became of it. */

/** Enough to fill batches. */
const recordsMax = 10_000
/** Half of what a producer buffers: what has to wait for room there fails, were it to take long. */
const bytesMax = 16 * 1024 * 1024

export class Underway {
  /** How many records were written so far. */
  writtenCount = 0
  /** What went wrong first. */
  failure: unknown
  readonly #onFailure: () => void
  #recordCount = 0
  #bytes = 0
  #change: PromiseWithResolvers<void> | undefined

  /** `onFailure` is called once, at the first record that could not be written. */
  constructor(onFailure: () => void) {
    this.#onFailure = onFailure
  }

  /** Takes a record of so many bytes, of which `sent` tells what became of it. */
  add(sent: Promise<unknown>, bytes: number): void {
    this.#recordCount++
    this.#bytes += bytes
    const settle = (): void => {
      this.#recordCount--
      this.#bytes -= bytes
      this.#change?.resolve()
      this.#change = undefined
    }
    sent.then(
      () => {
        this.writtenCount++
        settle()
      },
      (error: unknown) => {
        if (this.failure === undefined) {
          this.failure = error
          this.#onFailure()
        }
        settle()
      },
    )
  }

  /** Resolves when one more may be sent, or nothing is to be sent any more. */
  async room(): Promise<void> {
    while (this.failure === undefined && this.#isFull) await this.#changed()
  }

  /** Resolves when it is known of all records what became of them. */
  async settled(): Promise<void> {
    while (this.#recordCount > 0) await this.#changed()
  }

  get #isFull(): boolean {
    return this.#recordCount >= recordsMax || this.#bytes >= bytesMax
  }

  #changed(): Promise<void> {
    this.#change ??= Promise.withResolvers<void>()
    return this.#change.promise
  }
}
