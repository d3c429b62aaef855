/** What operators that begin or end a topology are given by the task that they are in. */

import { json, string, type Serde } from '../../client/record/serde.ts'
import type { Clock } from '../../runtime/runtime.ts'
import { windowedKeyText } from '../window.ts'
import type { OperatorContext, TableView } from './operator.ts'

/** How keys and values of a topic are bytes. */
export interface Serdes {
  readonly key: Serde<unknown>
  readonly value: Serde<unknown>
}

/** What topics of our own are written in. */
export const jsonSerdes: Serdes = Object.freeze({ key: json, value: json })

/** Keys as most programs write them: text as it is, and JSON for all else. */
export const textOrJson: Serde<unknown> = Object.freeze({
  serialize: (key: unknown) =>
    typeof key === 'string' ? key : (windowedKeyText(key) ?? json.serialize(key)),
  deserialize: (bytes: Uint8Array) => string.deserialize(bytes),
})

/** What a sink is given, besides what operators need. */
export interface TaskContext extends OperatorContext {
  /** The partition whose records the task has. */
  readonly partition: number
  /** Who waits between attempts. @default the platform's */
  readonly clock?: Clock | undefined
  /**
   * Returns what is to be asked when work on the record fails that is being processed now; nothing
   * where it is none.
   */
  readonly failing?: () => FailureHandler | undefined
  /** Goes on with a record that was set aside, for which `failing` gave `handler`. */
  readonly goOn?: (handler: FailureHandler | undefined, work: () => void) => void
  /** The rows of a node that is a global table. */
  readonly globalRows?: TableView | undefined
  /** Writes a record to a topic; `undefined` deletes the key there. */
  send(sink: SinkFacts, key: unknown, value: unknown, timestamp: number): void
  /**
   * Notes that a callback goes on; nothing counts as processed before it is done, or ever again
   * where it resolves with `notProcessed`.
   */
  wait(work: Promise<unknown>): void
  /** Notes that such a one stands behind another: a commit waits for one after the other. */
  queue?(work: Promise<unknown>): void
  /** Notes that a record is still on its way: nothing is committed before it has arrived. */
  hold(work: Promise<unknown>): void
}

/** Returns whether to go on without the record. */
export type FailureHandler = (error: Error) => boolean

/** Where a sink writes to. */
export interface SinkFacts {
  readonly topic: string
  readonly node: string
  readonly serdes: Serdes
  /** Returns the partition of a record, or what is to be hashed instead of the bytes of its key. */
  readonly placedBy?: (key: unknown, value: unknown) => number | Uint8Array | string | undefined
}

/** What a callback resolves with that has not looked at its record, and will not. */
export const notProcessed: unique symbol = Symbol('not processed')
