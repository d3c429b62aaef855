/**
 * Makes another value of each record by a function that takes its time, for several at once.
 * Results go on in the order of the records of one key, of all, or as they come.
 */

import { withinLimits } from '../../client/failure/deadline.ts'
import { backoffMs, delay } from '../../client/failure/retry.ts'
import { systemClock, systemRandom } from '../../runtime/system-runtime.ts'
import { storeKey, type StoreKey } from '../stores/store-key.ts'
import { Processor } from './operator.ts'
import type { RecordFunction } from './stateless.ts'
import type { FailureHandler, TaskContext } from './task-context.ts'

/** Which records stay in order. */
export type AsyncOrder = 'key' | 'partition' | false

export interface MapAsyncOptions {
  readonly map: RecordFunction
  readonly concurrency: number
  readonly ordered: AsyncOrder
  readonly attemptsMax: number
  /** The wait before the second attempt; it doubles before each one after that. */
  readonly baseMs: number
  readonly maxMs: number
  /** How long an attempt may take. */
  readonly timeoutMs: number | undefined
  readonly context: TaskContext
}

interface Job {
  readonly key: unknown
  readonly value: unknown
  readonly timestamp: number
  readonly lane: StoreKey | undefined
  readonly done: PromiseWithResolvers<void>
  readonly failing: FailureHandler | undefined
  /** `skipped`, where the program goes on without it. */
  result?: { readonly value: unknown } | 'skipped'
}

export class MapAsync extends Processor {
  readonly #options: MapAsyncOptions
  /** Not begun, in order. */
  readonly #waiting: Job[] = []
  #running = 0
  /** For each key, or for all, what has not gone on yet, in order. */
  readonly #lanes = new Map<StoreKey | undefined, Job[]>()
  #isGivenUp = false

  constructor(options: MapAsyncOptions) {
    super()
    this.#options = options
  }

  receive(key: unknown, value: unknown, timestamp: number): void {
    const lane = this.#options.ordered === 'key' ? storeKey(key ?? null) : undefined
    const failing = this.#options.context.failing?.()
    const job: Job = { key, value, timestamp, lane, done: Promise.withResolvers(), failing }
    const jobs = this.#lanes.get(lane)
    if (jobs) jobs.push(job)
    else this.#lanes.set(lane, [job])
    this.#waiting.push(job)
    this.#options.context.hold(job.done.promise)
    this.#begin()
  }

  /** Nobody waits any more for what was begun, nor hears of it. */
  giveUp(): void {
    this.#isGivenUp = true
    this.#waiting.length = 0
    for (const jobs of this.#lanes.values()) for (const { done } of jobs) done.resolve()
    this.#lanes.clear()
  }

  #begin(): void {
    while (this.#running < this.#options.concurrency && this.#waiting.length > 0) {
      this.#running++
      void this.#work(this.#waiting.shift()!)
    }
  }

  async #work(job: Job): Promise<void> {
    try {
      job.result = await this.#resultOf(job)
      this.#goOn(job)
    } catch (error) {
      job.done.reject(error)
    } finally {
      this.#running--
      this.#begin()
    }
  }

  /** @throws what the program did, where it does not go on without the record */
  async #resultOf(job: Job): Promise<NonNullable<Job['result']>> {
    try {
      return { value: await this.#attempts(job) }
    } catch (error) {
      if (job.failing?.(error as Error)) return 'skipped'
      throw error
    }
  }

  async #attempts({ value, key }: Job): Promise<unknown> {
    const { map, timeoutMs, attemptsMax, baseMs, maxMs, context } = this.#options
    const { clock = systemClock } = context
    const work = async (): Promise<unknown> => map(value, key)
    for (let attempt = 1; ; attempt++) {
      try {
        if (timeoutMs === undefined) return await work()
        return await withinLimits({ action: 'work on a record', clock, timeoutMs }, work)
      } catch (error) {
        if (attempt >= attemptsMax || this.#isGivenUp) throw error
      }
      await delay(backoffMs({ attempt, baseMs, maxMs, random: systemRandom }), clock)
    }
  }

  /** Lets results go on that need not wait for others. */
  #goOn(job: Job): void {
    const jobs = this.#lanes.get(job.lane)
    if (!jobs) return
    if (this.#options.ordered === false) {
      jobs.splice(jobs.indexOf(job), 1)
      this.#hand(job)
    } else while (jobs[0]?.result) this.#hand(jobs.shift()!)
    if (jobs.length === 0) this.#lanes.delete(job.lane)
  }

  #hand({ key, timestamp, result, done, failing }: Job): void {
    if (result === 'skipped') return done.resolve()
    const { goOn = atOnce } = this.#options.context
    try {
      goOn(failing, () => this.next.receive(key, result!.value, timestamp, undefined))
      done.resolve()
    } catch (error) {
      if (failing?.(error as Error)) done.resolve()
      else done.reject(error)
    }
  }
}

function atOnce(_: unknown, work: () => void): void {
  work()
}
