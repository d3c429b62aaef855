/** What operators do beyond their records: what they send, what they drop, and what takes time. */

import type { Clock } from '../../runtime/runtime.ts'
import type { TopologyNode } from '../topology/topology-node.ts'
import { notProcessed, type TaskContext } from '../operators/task-context.ts'
import type { DroppedRecords } from './dropped-records.ts'
import type { GlobalTables } from './global-tables.ts'
import type { StreamMeter } from './stream-meter.ts'
import type { StreamOutput } from './stream-output.ts'

/** Records that may be on their way at once; above it, nothing more is processed. */
const heldMax = 1000

export interface TaskContextsOptions {
  readonly globals: GlobalTables
  readonly dropped: DroppedRecords
  readonly output: StreamOutput
  readonly meter: StreamMeter
  readonly clock: Clock
  /** Callbacks that may go on at once; above it, nothing more is processed. */
  readonly callbacksMax: number
  /** A record that was on its way is through, or there is room for callbacks again. */
  readonly onThrough: () => void
  readonly onError: (error: Error) => void
}

export class TaskContexts {
  readonly #options: TaskContextsOptions
  readonly #callbacks = new Set<Promise<unknown>>()
  readonly #held = new Set<Promise<unknown>>()
  #isLeft = false

  constructor(options: TaskContextsOptions) {
    this.#options = options
  }

  /** Callbacks of the program that go on. */
  get callbacks(): ReadonlySet<Promise<unknown>> {
    return this.#callbacks
  }

  /** Whether more callbacks may go on. */
  get hasRoom(): boolean {
    return this.#callbacks.size < this.#options.callbacksMax
  }

  /** Whether no more records may be on their way. */
  get isFull(): boolean {
    return this.#held.size >= heldMax
  }

  /** Records that are still on their way through a task. */
  get held(): ReadonlySet<Promise<unknown>> {
    return this.#held
  }

  /**
   * Resolves when nothing is on its way any more, also not from one step that takes time to the
   * next. Who calls it has nothing new begun meanwhile.
   *
   * @throws what one of them has failed with
   */
  async arrived(): Promise<void> {
    while (this.#held.size > 0) await Promise.all(this.#held)
  }

  /** Whether results were left that nobody has looked at. */
  get isLeft(): boolean {
    return this.#isLeft
  }

  readonly of = (node: TopologyNode, partition: number): TaskContext => {
    const { name: step } = node
    const { globals, dropped, output, meter, clock, callbacksMax, onThrough, onError } =
      this.#options
    return {
      partition,
      clock,
      globalRows: globals.rowsOf(node),
      drop: (reason, key, value, timestamp) =>
        dropped.dropped({ reason, step, key, value, timestamp }),
      late: (late) => dropped.dropped({ reason: 'late', step, ...late }),
      hold: (work) => this.#hold(work),
      send: (sink, key, value, timestamp) => {
        meter.written(sink.node)
        output.send(sink, key, value, timestamp)
      },
      wait: (work) => {
        this.#callbacks.add(work)
        work.then((how) => {
          this.#callbacks.delete(work)
          if (this.#callbacks.size === callbacksMax - 1) onThrough()
          if (how === notProcessed) this.#isLeft = true
        }, onError)
      },
    }
  }

  #hold(work: Promise<unknown>): void {
    const { onThrough, onError } = this.#options
    this.#held.add(work)
    work.then(() => {
      this.#held.delete(work)
      onThrough()
    }, onError)
  }
}
