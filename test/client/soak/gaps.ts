/** Measures the longest time that something did not go on, and what a client said meanwhile. */

import type { Facts, Logger } from '../../../src/runtime/runtime.ts'

export class Gaps {
  longestMs = 0
  /** When it ended. */
  endMs = 0
  #lastMs = performance.now()

  /** Says that it has gone on. */
  progress(): void {
    const nowMs = performance.now()
    const gapMs = nowMs - this.#lastMs
    if (gapMs > this.longestMs) {
      this.longestMs = gapMs
      this.endMs = nowMs
    }
    this.#lastMs = nowMs
  }
}

const keptLines = 200_000

/** Keeps what a client logs, so that a test can tell what was logged at some time. */
export class KeptLog implements Logger {
  readonly #lines: { readonly atMs: number; readonly line: string }[] = []

  #keep(level: string, message: string, facts: Facts = {}): void {
    const atMs = performance.now()
    const line = `${Math.round(atMs)} ${level} ${message} ${JSON.stringify(facts)}`
    if (this.#lines.length < keptLines) this.#lines.push({ atMs, line })
  }

  debug(message: string, facts?: Facts): void {
    this.#keep('debug', message, facts)
  }

  info(message: string, facts?: Facts): void {
    this.#keep('info', message, facts)
  }

  warn(message: string, facts?: Facts): void {
    this.#keep('warn', message, facts)
  }

  error(message: string, facts?: Facts): void {
    this.#keep('error', message, facts)
  }

  /** Notes something that the client does not know of. */
  note(message: string): void {
    this.#keep('test', message)
  }

  /** Returns what was logged last. */
  last(lineCount = 300): string {
    return this.#lines
      .slice(-lineCount)
      .map(({ line }) => `${line}\n`)
      .join('')
  }

  /** Returns what was logged in the longest gap of `gaps`, and shortly before. */
  during({ longestMs, endMs }: Gaps): string {
    const fromMs = endMs - longestMs - 5000
    const lines = this.#lines.filter(({ atMs }) => atMs >= fromMs && atMs <= endMs)
    return lines.map(({ line }) => line).join('\n')
  }
}
