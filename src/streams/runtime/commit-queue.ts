/** The commits of a run, one after the other. */
export class CommitQueue {
  #last: Promise<void> = Promise.resolve()

  /** Does `work` after all before it. Once one has failed, so do all that come after it. */
  add(work: () => Promise<void>): Promise<void> {
    this.#last = this.#last.then(work)
    return this.#last
  }

  /**
   * Resolves when nothing is under way, also nothing that has begun while this waited: what is
   * done from here on, up to the next wait, is before the next commit as a whole.
   *
   * @throws what one has failed with
   */
  async idle(): Promise<void> {
    let seen: Promise<void> | undefined
    while (seen !== this.#last) {
      seen = this.#last
      await seen
    }
  }
}
