/** Where records enter a topology, and where they leave it. */

import { json } from '../../client/record/serde.ts'
import { JsonCheck } from '../stores/json-loss.ts'
import { storeKey, type StoreKey } from '../stores/store-key.ts'
import type { SinkFacts, TaskContext } from './task-context.ts'
import { PassingOn, Processor, type OperatorContext } from './operator.ts'
import type { RecordFunction } from './stateless.ts'

/** The records of a topic as a stream: those without a value have nothing to say in one. */
export class StreamSource extends PassingOn {
  readonly #context: OperatorContext

  constructor(context: OperatorContext) {
    super()
    this.#context = context
  }

  receive(key: unknown, value: unknown, timestamp: number): void {
    if (value === null || value === undefined) {
      return this.#context.drop('no value', key, value, timestamp)
    }
    this.next.receive(key, value, timestamp, undefined)
  }
}

export class Sink extends Processor {
  readonly isDone = true
  readonly #facts: SinkFacts
  readonly #keys: JsonCheck | undefined
  readonly #values: JsonCheck | undefined
  readonly #context: TaskContext

  constructor(facts: SinkFacts, context: TaskContext) {
    super()
    this.#facts = facts
    const { node, serdes, placedBy } = facts
    // In topics of the program's it is for the program to say what is lost.
    const isOwn = placedBy !== undefined
    this.#keys = isOwn && serdes.key === json ? new JsonCheck(node) : undefined
    this.#values = isOwn && serdes.value === json ? new JsonCheck(node) : undefined
    this.#context = context
  }

  receive(key: unknown, value: unknown, timestamp: number): void {
    this.#keys?.look('key', key)
    this.#values?.look('value', value)
    this.#context.send(this.#facts, key, value, timestamp)
  }
}

/**
 * Calls a program's function with each result. Where that takes its time it is called for several
 * at once; of one key in order, unless `ordered` says that whoever is called sees to that.
 */
export class ForEach extends Processor {
  readonly #handle: RecordFunction
  readonly #context: TaskContext
  readonly #ordered: 'key' | false
  /** The last callback of each key that has one which goes on. */
  readonly #last = new Map<StoreKey, Promise<unknown>>()
  #isGivenUp = false

  constructor(handle: RecordFunction, context: TaskContext, ordered: 'key' | false) {
    super()
    this.#handle = handle
    this.#context = context
    this.#ordered = ordered
  }

  receive(key: unknown, value: unknown): void {
    const before = this.#last.size > 0 ? this.#last.get(storeKey(key)) : undefined
    const work = before ? this.#behind(before, key, value) : this.#handle(value, key)
    // What databases return is often no `Promise`, and does nothing before somebody waits for it.
    if (typeof (work as PromiseLike<unknown> | undefined)?.then !== 'function') return
    const guarded = this.#guarded(work as PromiseLike<unknown>)
    this.#context.wait(guarded)
    if (before) this.#context.queue?.(guarded)
    if (this.#ordered !== false && key !== undefined && key !== null) this.#note(key, guarded)
  }

  /** What waits for another callback is not begun any more. */
  giveUp(): void {
    this.#isGivenUp = true
  }

  async #behind(before: Promise<unknown>, key: unknown, value: unknown): Promise<unknown> {
    await before
    return this.#isGivenUp ? undefined : this.#handle(value, key)
  }

  #note(key: unknown, guarded: Promise<unknown>): void {
    const id = storeKey(key)
    this.#last.set(id, guarded)
    const forget = (): void => {
      if (this.#last.get(id) === guarded) this.#last.delete(id)
    }
    guarded.then(forget, forget)
  }

  /** Lets the program go on without a record that fails later, as without one that fails now. */
  async #guarded(work: PromiseLike<unknown>): Promise<unknown> {
    const failing = this.#context.failing?.()
    try {
      return await work
    } catch (error) {
      if (!failing?.(error as Error)) throw error
      return undefined
    }
  }
}
