/**
 * Makes the logs of new partitions. Others have their turn in between: a topic may have thousands,
 * and a thousand take a fifth of a second.
 *
 * Nobody sees the partitions before all are there. What a crash leaves of them has no records, and
 * no metadata knows it: the next start removes it.
 */

import { LogError } from '../log/log-error.ts'
import type { LogManager, ManagedLog, NewLog } from '../log/log-manager.ts'
import type { Clock } from '../runtime/runtime.ts'
import { RequestError } from './request-error.ts'
import { collisionForm } from './topic-name.ts'

export type LogName = Pick<ManagedLog, 'topic' | 'partition'>

/** Partitions that are to be created. */
export interface LogRange extends Omit<NewLog, 'partition'> {
  readonly from: number
  readonly to: number
}

/** How long others wait. */
const turnMs = 10

interface Making {
  readonly partitionCount: number
  readonly made: LogName[]
  readonly over: PromiseWithResolvers<void>
  /** Whether the topic has been deleted meanwhile. */
  isMoot: boolean
}

export class NewLogs {
  readonly #logs: Pick<LogManager, 'create' | 'get'>
  readonly #remove: (log: LogName) => void
  /** By topic. */
  readonly #makings = new Map<string, Making>()
  readonly #clock: Pick<Clock, 'after' | 'monotonic'>
  #isClosed = false

  /** @param remove removes a log, unless a topic has it by now */
  constructor(
    logs: Pick<LogManager, 'create' | 'get'>,
    remove: (log: LogName) => void,
    clock: Pick<Clock, 'after' | 'monotonic'>,
  ) {
    this.#logs = logs
    this.#remove = remove
    this.#clock = clock
  }

  /** Partitions that are being made. */
  get partitionCount(): number {
    let sum = 0
    for (const { partitionCount } of this.#makings.values()) sum += partitionCount
    return sum
  }

  /** Whether a topic is being made, or made larger, whose name is this one but for '.' and '_'. */
  has(name: string): boolean {
    const form = collisionForm(name)
    return [...this.#makings.keys()].some((topic) => collisionForm(topic) === form)
  }

  /** Resolves once nothing is being made for `topic`; `undefined` where that is so. */
  whenOver(topic: string): Promise<void> | undefined {
    return this.#makings.get(topic)?.over.promise
  }

  /**
   * Makes what is missing of `range`, then calls `finish`, which gives the logs to their topic.
   * Where either fails, the logs are removed. For one topic, only one of these may be under way.
   *
   * @throws LogError, RequestError
   */
  async make<Result>(range: LogRange, finish: () => Result): Promise<Result> {
    const { topic, from, to } = range
    const over = Promise.withResolvers<void>()
    const making: Making = { partitionCount: to - from, made: [], over, isMoot: false }
    this.#makings.set(topic, making)
    const end = (): void => {
      if (this.#makings.get(topic) === making) this.#makings.delete(topic)
      over.resolve()
    }
    let begunMs = this.#clock.monotonic()
    try {
      for (let partition = from; partition < to; partition++) {
        if (this.#logs.get(topic, partition)) continue
        this.#logs.create({ ...range, partition })
        making.made.push({ topic, partition })
        if (this.#clock.monotonic() - begunMs < turnMs) continue
        await new Promise<void>((resolve) => this.#clock.after(0, resolve))
        begunMs = this.#clock.monotonic()
        if (this.#isClosed) throw new LogError('KAFKA_STORAGE_ERROR', 'the broker is closed')
        if (making.isMoot) {
          throw new RequestError('UNKNOWN_TOPIC_OR_PARTITION', `Topic '${topic}' was deleted.`)
        }
      }
      end()
      return finish()
    } catch (error) {
      end()
      // The folder may be somebody else's by then.
      if (!this.#isClosed) for (const log of making.made) this.#remove(log)
      throw error
    }
  }

  /** Stops what is being made for a topic that is deleted: its name may be used again at once. */
  forget(topic: string): void {
    const making = this.#makings.get(topic)
    if (!making) return
    this.#makings.delete(topic)
    making.isMoot = true
    for (const log of making.made.splice(0)) this.#remove(log)
  }

  /** Nothing is made any more. */
  close(): void {
    this.#isClosed = true
  }
}
