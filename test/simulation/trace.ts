/**
 * Everything that happens in a simulation, in order, as one number: the same seed must give the same
 * one. With a listener it is text as well, to look at a seed that failed.
 */

const prime = 16_777_619

export class Trace {
  readonly #onLine: ((line: string) => void) | undefined
  #high = 0x811c9dc5
  #low = 0x01000193
  #count = 0

  constructor(onLine?: (line: string) => void) {
    this.#onLine = onLine
  }

  /** How many things have happened. */
  get count(): number {
    return this.#count
  }

  get hash(): string {
    return (this.#high >>> 0).toString(16).padStart(8, '0') + (this.#low >>> 0).toString(16)
  }

  note(what: string, number = 0): void {
    this.#count++
    this.#mix(number | 0)
    this.#mix(Math.trunc((number * 1000) % 2 ** 31))
    for (let at = 0; at < what.length; at++) this.#mix(what.charCodeAt(at))
    this.#onLine?.(number === 0 ? what : `${what} ${number}`)
  }

  /** Adds words that say nothing of what happens, such as numbers that no two runs share. */
  remark(text: string): void {
    this.#onLine?.(text)
  }

  bytes(what: string, bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at++) this.#mix(bytes[at]!)
    this.note(what, bytes.length)
  }

  #mix(number: number): void {
    this.#high = Math.imul(this.#high ^ number, prime)
    this.#low = Math.imul(this.#low + number, prime) ^ (this.#high >>> 15)
  }
}
