/** Answers that requests wait for, until they are given or the connection ends. */

import type { Ticket } from './classic-group.ts'

interface Waiting<Answer> {
  readonly give: (answer: Answer | Promise<Answer>) => void
  readonly stopWatching: () => void
}

export class WaitingAnswers<Answer> {
  readonly #waiting = new Map<Ticket, Waiting<Answer>>()

  /** Calls `onClosed` if the connection ends first; the answer is then given by `give` as well. */
  add(ticket: Ticket, closed: AbortSignal, onClosed: () => void): Promise<Answer> {
    closed.addEventListener('abort', onClosed)
    return new Promise((give) => {
      const stopWatching = () => closed.removeEventListener('abort', onClosed)
      this.#waiting.set(ticket, { give, stopWatching })
    })
  }

  give(ticket: Ticket, answer: Answer | Promise<Answer>): void {
    const waiting = this.#waiting.get(ticket)
    this.forget(ticket)
    waiting?.give(answer)
  }

  giveAll(answer: Answer): void {
    for (const ticket of this.#waiting.keys()) this.give(ticket, answer)
  }

  forget(ticket: Ticket): void {
    this.#waiting.get(ticket)?.stopWatching()
    this.#waiting.delete(ticket)
  }
}
