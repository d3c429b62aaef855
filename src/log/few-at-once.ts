/** Work of which only so much is under way at once, so that others come in between. */

export class FewAtOnce {
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor(max: number) {
    this.#free = max
  }

  /** Begins `work` in its turn, at once where nothing waits. */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#free === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else this.#free--
    try {
      return await work()
    } finally {
      // Whoever comes next takes over the place.
      const next = this.#waiting.shift()
      if (next) next()
      else this.#free++
    }
  }
}
