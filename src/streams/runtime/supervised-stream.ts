/**
 * A stream that goes on after what passes: a broker that was away for long, a transaction that took
 * too long, a member that was taken for dead. It begins again from what was committed. What the
 * program threw, and what will not pass, ends it.
 */

import { KafkaError } from '../../client/errors.ts'
import type { Clock, Logger, Timer } from '../../runtime/runtime.ts'
import type { StreamRun } from '../dsl/origin.ts'

export interface SupervisedOptions {
  readonly name: string
  readonly clock: Clock
  readonly logger: Logger
  readonly start: () => StreamRun
}

/** Others have gone on in our place, or were about to: to begin again is the way back. */
const passing: ReadonlySet<string | undefined> = new Set([
  'FENCED_MEMBER_EPOCH',
  'INVALID_PRODUCER_EPOCH',
  'INVALID_PRODUCER_ID_MAPPING',
  'INVALID_TXN_STATE',
  'PRODUCER_FENCED',
  'STALE_MEMBER_EPOCH',
  'UNKNOWN_MEMBER_ID',
])
const pauseMinMs = 100
const pauseMaxMs = 10_000

export class SupervisedStream implements StreamRun {
  readonly started: Promise<void>
  readonly finished: Promise<void>
  readonly #options: SupervisedOptions
  readonly #finish = Promise.withResolvers<void>()
  #current: StreamRun
  #failures = 0
  #timer: Timer | undefined
  #isClosing = false

  constructor(options: SupervisedOptions) {
    this.#options = options
    this.finished = this.#finish.promise
    this.#current = options.start()
    this.started = this.#current.started
    this.#watch(this.#current)
  }

  async close(): Promise<void> {
    this.#isClosing = true
    // Between two attempts there is nothing that could be committed.
    if (this.#timer) this.#finish.resolve()
    this.#timer?.cancel()
    await this.#current.close()
  }

  #watch(run: StreamRun): void {
    let hasStarted = false
    run.started.then(
      () => (hasStarted = true),
      () => {
        // `finished` says so as well.
      },
    )
    run.finished.then(this.#finish.resolve, (error: Error) => {
      // Where it never worked, there is nothing to go back to.
      const isFirst = this.#failures === 0 && !hasStarted
      if (this.#isClosing || isFirst || !isPassing(error)) return this.#finish.reject(error)
      this.#failures = hasStarted ? 1 : this.#failures + 1
      this.#restart(error)
    })
  }

  #restart(error: Error): void {
    const { name, clock, logger, start } = this.#options
    const pauseMs = Math.min(pauseMinMs * 2 ** (this.#failures - 1), pauseMaxMs)
    logger.warn('a stream begins again', { name, error: error.message, pauseMs })
    this.#timer = clock.after(pauseMs, () => {
      this.#timer = undefined
      this.#current = start()
      this.#watch(this.#current)
    })
  }
}

function isPassing(error: Error): boolean {
  return KafkaError.is(error) && (error.retriable || passing.has(error.kafkaName))
}
