/**
 * Answers that wait in this process, since their clients do not read them, over all connections. Of
 * one connection they have a limit, but there may be thousands.
 *
 * Past half of what all may have, answers are to be brief, and who is behind is not read from. That
 * is enough for clients that are only slow. Past all of it, somebody does not read: who has been
 * behind for the longest is closed.
 */

/** What all connections may have together. */
const unreadMaxBytes = 512 * 1024 * 1024

export interface SlowReader {
  closeSlow(unreadBytes: number): void
}

export class UnreadAnswers {
  readonly #maxBytes: number
  /** Of those that are behind, in the order in which they fell behind. */
  readonly #bytes = new Map<SlowReader, number>()
  #totalBytes = 0

  constructor(maxBytes = unreadMaxBytes) {
    this.#maxBytes = maxBytes
  }

  /** Whether there are so many that it is time to do something. */
  get areMany(): boolean {
    return this.#totalBytes > this.#maxBytes / 2
  }

  /** Notes how much waits for a client that is behind. */
  note(reader: SlowReader, unreadBytes: number): void {
    this.#totalBytes += unreadBytes - (this.#bytes.get(reader) ?? 0)
    this.#bytes.set(reader, unreadBytes)
    for (const [slowest, bytes] of this.#bytes) {
      if (this.#totalBytes <= this.#maxBytes) return
      this.forget(slowest)
      slowest.closeSlow(bytes)
    }
  }

  /** Notes that a client has read all, or is gone. */
  forget(reader: SlowReader): void {
    this.#totalBytes -= this.#bytes.get(reader) ?? 0
    this.#bytes.delete(reader)
  }
}
