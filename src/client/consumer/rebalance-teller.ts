/**
 * Tells a program which partitions its consumer is given and which it gives up: one thing after the
 * other, and nothing of what it has not heard of. It is loaded where the program wants to know.
 */

import { keyOf, type TopicPartition } from '../cluster/offset-lookup.ts'
import { InvalidOptionError } from '../failure/errors.ts'
import { isPassing } from '../failure/group-errors.ts'
import type { RebalanceListener } from './consumer-options.ts'

export class RebalanceTeller {
  readonly #listener: RebalanceListener
  readonly #onError: (error: Error) => void
  /** What the program has heard of as its own. */
  readonly #told = new Set<string>()
  /** Ends when the program has dealt with all that it was told. */
  #last: Promise<unknown> = Promise.resolve()

  /** `onError` hears what a listener throws that nobody waits for. @throws InvalidOptionError */
  constructor(listener: RebalanceListener, onError: (error: Error) => void) {
    for (const [option, actual] of Object.entries(listener)) {
      if (actual === undefined || typeof actual === 'function') continue
      throw new InvalidOptionError({ option, expected: 'a function', actual })
    }
    this.#listener = listener
    this.#onError = onError
  }

  /** Where the program cannot take them, it is told of them again. @throws what it threw */
  assigned(partitions: readonly TopicPartition[]): Promise<void> {
    return this.#next(async () => {
      const places = partitions.map(placeOf)
      if (places.length > 0) await this.#listener.onAssigned?.(places)
      for (const place of places) this.#told.add(keyOf(place))
    })
  }

  /** Where the program cannot let them go for now, it is told again. @throws what it threw */
  revoked(partitions: readonly TopicPartition[]): Promise<void> {
    return this.#next(async () => {
      const places = this.#take(partitions)
      try {
        if (places.length > 0) await this.#listener.onRevoked?.(places)
      } catch (error) {
        if (isPassing(error)) for (const place of places) this.#told.add(keyOf(place))
        throw error
      }
    })
  }

  lost(partitions: readonly TopicPartition[]): void {
    this.#next(async () => {
      const places = this.#take(partitions)
      if (places.length > 0) await this.#listener.onLost?.(places)
    }).catch(this.#onError)
  }

  #next(tell: () => Promise<void>): Promise<void> {
    const told = this.#last.then(tell)
    this.#last = told.catch(() => undefined)
    return told
  }

  #take(partitions: readonly TopicPartition[]): TopicPartition[] {
    return partitions.filter((place) => this.#told.delete(keyOf(place))).map(placeOf)
  }
}

function placeOf({ topic, partition }: TopicPartition): TopicPartition {
  return { topic, partition }
}
