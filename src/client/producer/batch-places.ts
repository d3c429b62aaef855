/** What becomes of the records that are sent together, each in its place. */

import { BatchIncompleteError, KafkaError } from '../failure/errors.ts'
import type { RecordMetadata } from './accumulator.ts'

export class BatchPlaces {
  readonly #places: (RecordMetadata | undefined)[] = []
  readonly #errors = new Map<number, Error>()
  #left: number
  readonly #settled = Promise.withResolvers<void>()

  constructor(count: number) {
    this.#places.length = count
    this.#left = count
    if (count === 0) this.#settled.resolve()
  }

  /** Resolves when it is known of each record. */
  get settled(): Promise<void> {
    return this.#settled.promise
  }

  stored(index: number, metadata: RecordMetadata): void {
    if (!this.#isOpen(index)) return
    this.#places[index] = metadata
    this.#count()
  }

  failed(index: number, error: Error): void {
    if (!this.#isOpen(index)) return
    this.#errors.set(index, error)
    this.#count()
  }

  /** Those of which nothing is known by now have failed. */
  failRest(error: Error): void {
    for (const index of this.#places.keys()) this.failed(index, error)
  }

  /**
   * Returns the places.
   *
   * @throws BatchIncompleteError where some have none; the error itself where none has, all for the
   * same reason: with `maybeApplied` where one of them may be stored
   */
  take(): RecordMetadata[] {
    const places = this.#places as RecordMetadata[]
    const { size } = this.#errors
    if (size === 0) return places
    const errors = [...this.#errors.values()]
    const codes = new Set(errors.map((error) => (KafkaError.is(error) ? error.code : error)))
    if (size === places.length && codes.size === 1) {
      throw errors.find((error) => (error as KafkaError).maybeApplied) ?? errors[0]!
    }
    throw new BatchIncompleteError(
      // Those that failed have no place, and `map` would leave them out.
      Array.from(places, (metadata, index) =>
        metadata ? { metadata } : { error: this.#errors.get(index)! },
      ),
    )
  }

  #isOpen(index: number): boolean {
    return this.#places[index] === undefined && !this.#errors.has(index)
  }

  #count(): void {
    if (--this.#left === 0) this.#settled.resolve()
  }
}
