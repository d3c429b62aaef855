/**
 * A coordinator's way to its log: it knows of each group, or transactional id, how far what was
 * decided is on disk, so that no answer tells what a power failure could take back.
 */

import type { StateLog, StateProducer, StateRecord } from './state-log.ts'

export class StateJournal {
  readonly #log: Pick<StateLog, 'append'>
  /** The last append of each id, as long as it is not durable. */
  readonly #pending = new Map<string, Promise<void>>()

  constructor(log: Pick<StateLog, 'append'>) {
    this.#log = log
  }

  /**
   * Appends at once: the caller applies next what the records say, or, where they are part of the
   * transaction of `producer`, keeps it until that ends.
   *
   * @throws LogError
   */
  append(id: string, records: readonly StateRecord[], producer?: StateProducer): void {
    if (records.length === 0) return
    this.track(id, this.#log.append(records, producer))
  }

  /** Notes that answers about `id` have to wait for `durable`. */
  track(id: string, durable: Promise<void>): void {
    this.#pending.set(id, durable)
    durable.then(
      () => {
        if (this.#pending.get(id) === durable) this.#pending.delete(id)
      },
      // It stays pending, so that all answers to come fail; the log reports why, and stops.
      () => {},
    )
  }

  /** Returns `answer`, once all that was decided of `id` until now is durable. */
  afterSync<Answer>(id: string, answer: Answer): Answer | Promise<Answer> {
    return this.#pending.get(id)?.then(() => answer) ?? answer
  }

  /** Returns what to wait for before telling anybody of `id`; `undefined` for nothing. */
  pending(id: string): Promise<void> | undefined {
    return this.#pending.get(id)
  }
}
