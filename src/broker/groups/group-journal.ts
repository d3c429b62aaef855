/**
 * The groups' way to their log: it knows of each group how far what was decided is on disk, so that
 * no answer tells what a power failure could take back.
 */

import type { StateLog, StateRecord } from '../state-log.ts'

export class GroupJournal {
  readonly #log: Pick<StateLog, 'append'>
  /** The last append of each group, as long as it is not durable. */
  readonly #pending = new Map<string, Promise<void>>()

  constructor(log: Pick<StateLog, 'append'>) {
    this.#log = log
  }

  /** Appends at once: the caller applies next what the records say. @throws LogError */
  append(groupId: string, records: readonly StateRecord[]): void {
    if (records.length === 0) return
    const durable = this.#log.append(records)
    this.#pending.set(groupId, durable)
    durable.then(
      () => {
        if (this.#pending.get(groupId) === durable) this.#pending.delete(groupId)
      },
      // It stays pending, so that all answers to come fail; the log reports why, and stops.
      () => {},
    )
  }

  /** Returns `answer`, once all that was decided of the group until now is durable. */
  afterSync<Answer>(groupId: string, answer: Answer): Answer | Promise<Answer> {
    return this.#pending.get(groupId)?.then(() => answer) ?? answer
  }
}
