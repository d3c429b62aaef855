/** Where records enter a topology, and where they leave it. */

import type { SinkFacts, TaskContext } from './task-context.ts'
import { Processor, type OperatorContext } from './operator.ts'
import type { RecordFunction } from './stateless.ts'

/** The records of a topic as a stream: those without a value have nothing to say in one. */
export class StreamSource extends Processor {
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
  readonly #facts: SinkFacts
  readonly #context: TaskContext

  constructor(facts: SinkFacts, context: TaskContext) {
    super()
    this.#facts = facts
    this.#context = context
  }

  receive(key: unknown, value: unknown, timestamp: number): void {
    this.#context.send(this.#facts, key, value, timestamp)
  }
}

/** Calls a program's function with each result. */
export class ForEach extends Processor {
  readonly #handle: RecordFunction
  readonly #context: TaskContext

  constructor(handle: RecordFunction, context: TaskContext) {
    super()
    this.#handle = handle
    this.#context = context
  }

  receive(key: unknown, value: unknown): void {
    const work = this.#handle(value, key)
    if (work instanceof Promise) this.#context.wait(work)
  }
}
