/** Says which rows a table's rows name, to the tasks that have those. */

import type { Subscription } from './foreign-key-messages.ts'
import type { Codec } from '../stores/codec.ts'
import { versionOf } from './foreign-key-messages.ts'
import { Processor, type OperatorContext } from './operator.ts'
import type { RecordFunction } from './stateless.ts'
import { storeKey } from '../stores/store-key.ts'
import type { TaskContext } from './task-context.ts'

export class ForeignKeySubscribe extends Processor {
  readonly #foreignKeyOf: RecordFunction
  readonly #context: OperatorContext & Pick<TaskContext, 'partition'>
  readonly #rows: Codec

  constructor(
    foreignKeyOf: RecordFunction,
    context: OperatorContext & Pick<TaskContext, 'partition'>,
    rows: Codec,
  ) {
    super()
    this.#foreignKeyOf = foreignKeyOf
    this.#context = context
    this.#rows = rows
  }

  receive(key: unknown, value: unknown, timestamp: number, previous: unknown): void {
    const { partition } = this.#context
    const from = this.#foreignKey(previous, key)
    const to = this.#foreignKey(value, key)
    const stays = from !== undefined && to !== undefined && storeKey(from) === storeKey(to)
    if (from !== undefined && !stays) {
      const ended: Subscription = { key, partition }
      this.next.receive(from, ended, timestamp, undefined)
    }
    if (to === undefined) return
    const subscription: Subscription = { key, partition, version: versionOf(value, this.#rows) }
    this.next.receive(to, subscription, timestamp, undefined)
  }

  #foreignKey(value: unknown, key: unknown): unknown {
    return value === undefined ? undefined : (this.#foreignKeyOf(value, key) ?? undefined)
  }
}
