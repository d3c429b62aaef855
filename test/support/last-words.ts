/** What was logged last, for when a test fails that hardly ever does. */

import type { Facts, Logger } from '../../src/runtime/runtime.ts'

const linesMax = 400
const lineChars = 300

export class LastWords {
  #lines: string[] = []

  readonly logger: Logger = {
    debug: (message, facts) => this.note(message, facts),
    info: (message, facts) => this.note(message, facts),
    warn: (message, facts) => this.note(message, facts),
    error: (message, facts) => this.note(message, facts),
  }

  note(message: string, facts: Facts = {}): void {
    const line = `${new Date().toISOString()} ${message} ${JSON.stringify(facts)}`
    this.#lines.push(line.slice(0, lineChars))
    if (this.#lines.length > linesMax) this.#lines.shift()
  }

  told(): string {
    return this.#lines.map((line) => `${line}\n`).join('')
  }

  forget(): void {
    this.#lines = []
  }
}
