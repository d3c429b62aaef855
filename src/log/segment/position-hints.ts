/**
 * Where in a segment the latest reads ended. A consumer goes on where it stopped, so that its next
 * read needs no search.
 */

/** Consumers of one segment that are remembered. */
const hintsMax = 4

export class PositionHints {
  readonly #offsets: number[] = []
  readonly #positions: number[] = []
  #next = 0

  /** Returns the position of the batch that begins at `offset`, or -1 where it is not known. */
  find(offset: number): number {
    for (let at = 0; at < this.#offsets.length; at++) {
      if (this.#offsets[at] === offset) return this.#positions[at]!
    }
    return -1
  }

  add(offset: number, position: number): void {
    if (this.find(offset) >= 0) return
    this.#offsets[this.#next] = offset
    this.#positions[this.#next] = position
    this.#next = (this.#next + 1) % hintsMax
  }
}
