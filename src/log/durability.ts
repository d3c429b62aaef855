/**
 * Group commit: at most one sync of a log runs at a time, and the next one covers everything that
 * was appended meanwhile, so that many producers share it.
 *
 * The first sync that fails ends it all: after a failure nothing is known of what was written, and
 * a second sync would prove nothing (on Linux the pages count as clean by then). Everybody who
 * waits is told, and nothing is appended any more.
 */

import { LogError } from './log-error.ts'

export interface DurabilityOptions {
  /** Offset below which everything is on the disk already. */
  readonly durableOffset: number
  /** Puts everything appended so far on the disk, and returns the offset after it. */
  readonly sync: () => Promise<number>
  /** Called when the durable offset has grown. */
  readonly onDurable: () => void
  /** Called once, when a sync has failed. */
  readonly onFailure: (error: LogError) => void
}

interface Waiter {
  readonly offset: number
  readonly resolve: () => void
  readonly reject: (error: LogError) => void
}

const done = Promise.resolve()

export class Durability {
  readonly #options: DurabilityOptions
  #durableOffset: number
  #waiters: Waiter[] = []
  /** Those who wait for the sync that begins next, whatever the offset. */
  #flushes: Waiter[] = []
  #running: Promise<void> | undefined
  #isAskedAgain = false
  #failure: LogError | undefined

  constructor(options: DurabilityOptions) {
    this.#options = options
    this.#durableOffset = options.durableOffset
  }

  /** Everything below this offset is on the disk. */
  get durableOffset(): number {
    return this.#durableOffset
  }

  /** Why nothing can be appended any more. */
  get failure(): LogError | undefined {
    return this.#failure
  }

  /** Sees to it that what was appended so far gets to the disk. */
  request(): void {
    if (this.#running) this.#isAskedAgain = true
    else if (!this.#failure) this.#running = this.#run()
  }

  /** Resolves once everything below `offset` is on the disk. @throws LogError where it cannot be */
  whenDurable(offset: number): Promise<void> {
    if (offset <= this.#durableOffset) return done
    if (this.#failure) return Promise.reject(this.#failure)
    return new Promise((resolve, reject) => {
      this.#waiters.push({ offset, resolve, reject })
    })
  }

  /** Resolves once everything appended before this call is on the disk. @throws LogError */
  flush(): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure)
    this.request()
    return new Promise((resolve, reject) => {
      this.#flushes.push({ offset: 0, resolve, reject })
    })
  }

  /** Resolves once no sync runs. */
  async whenIdle(): Promise<void> {
    while (this.#running) await this.#running
  }

  /** Ends with `error` for all who wait and for those who come later. */
  fail(error: LogError): void {
    this.#failure ??= error
    const waiters = [...this.#waiters, ...this.#flushes]
    this.#waiters = []
    this.#flushes = []
    for (const { reject } of waiters) reject(this.#failure)
  }

  async #run(): Promise<void> {
    // Requests of one turn of the event loop belong together.
    await done
    try {
      do {
        this.#isAskedAgain = false
        await this.#syncOnce()
      } while (this.#isAskedAgain && !this.#failure)
    } catch (error) {
      this.#failed(error)
    } finally {
      this.#running = undefined
    }
  }

  async #syncOnce(): Promise<void> {
    const flushes = this.#flushes
    this.#flushes = []
    try {
      this.#advance(await this.#options.sync())
    } catch (error) {
      this.#flushes.push(...flushes)
      throw error
    }
    for (const { resolve } of flushes) resolve()
  }

  #advance(offset: number): void {
    if (offset <= this.#durableOffset || this.#failure) return
    this.#durableOffset = offset
    const waiters = this.#waiters
    this.#waiters = []
    for (const waiter of waiters) {
      if (waiter.offset <= offset) waiter.resolve()
      else this.#waiters.push(waiter)
    }
    this.#options.onDurable()
  }

  #failed(cause: unknown): void {
    // It was deleted amid a sync, whose end others may wait for.
    if (this.#failure) return this.fail(this.#failure)
    const reason = cause instanceof Error ? `: ${cause.message}` : ''
    const message =
      `records could not be synced to the disk${reason}. What was acknowledged is on it, what ` +
      'was not may be. The log takes no more: see to the disk, then start the broker again, ' +
      'which checks the log and writes what it finds anew'
    const error = new LogError('KAFKA_STORAGE_ERROR', message, { maybeApplied: true, cause })
    this.fail(error)
    this.#options.onFailure(error)
  }
}
