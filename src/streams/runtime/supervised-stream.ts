/**
 * A stream that goes on after what passes: a broker that was away for long, a transaction that took
 * too long, a member that was taken for dead. It begins again from what was committed. What the
 * program threw, and what will not pass, ends it.
 */

import { KafkaError } from '../../client/failure/errors.ts'
import type { Clock, Logger, Timer } from '../../runtime/runtime.ts'
import type { ClientRun } from '../../client/running.ts'
import type {
  StoredTable,
  StandbyMetrics,
  StreamMetrics,
  StreamRun,
  StreamStatus,
  TableStore,
  TaskMetrics,
  WindowStore,
} from '../dsl/stream-queries.ts'
import type { RunStatus } from '../dsl/run-status.ts'
import type { TopologyNode } from '../topology/topology-node.ts'
import type { WindowResult } from '../window.ts'
import { TableQuery, WindowQuery, type QueriedApplication } from './store-queries.ts'
import type { StreamMeter } from './stream-meter.ts'

/** One attempt of it. */
export interface QueriedRun extends ClientRun {
  readonly queried: QueriedApplication
  readonly tasks: readonly TaskMetrics[]
  readonly standbys: readonly StandbyMetrics[]
}

export interface SupervisedOptions {
  readonly name: string
  readonly clock: Clock
  readonly logger: Logger
  readonly meter: StreamMeter
  readonly status: RunStatus
  readonly start: () => QueriedRun
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

export class SupervisedStream implements StreamRun, ClientRun {
  readonly started: Promise<void>
  readonly finished: Promise<void>
  readonly #options: SupervisedOptions
  readonly #finish = Promise.withResolvers<void>()
  #current: QueriedRun
  #failures = 0
  #timer: Timer | undefined
  #isClosing = false

  constructor(options: SupervisedOptions) {
    this.#options = options
    this.finished = this.#finish.promise
    this.#current = this.#start()
    this.started = this.#current.started
    this.#watch(this.#current)
  }

  store<Value, Key>(table: string | StoredTable<Value, Key>): TableStore<Value, Key> {
    return new TableQuery(nameOf(table), () => this.#current.queried) as TableStore<Value, Key>
  }

  windowStore<Value, Key>(
    table: string | StoredTable<WindowResult<Value>, Key>,
  ): WindowStore<Value, Key> {
    return new WindowQuery(nameOf(table), () => this.#current.queried) as WindowStore<Value, Key>
  }

  get status(): StreamStatus {
    return this.#options.status.current
  }

  onStatus(listener: (status: StreamStatus) => void): () => void {
    return this.#options.status.listen(listener)
  }

  metrics(): StreamMetrics {
    return this.#options.meter.metrics(this.#current)
  }

  async close(): Promise<void> {
    this.#isClosing = true
    // Between two attempts there is nothing that could be committed.
    if (this.#timer) this.#finish.resolve()
    this.#timer?.cancel()
    await this.#current.close()
  }

  hurry(): void {
    void this.close()
    this.#current.hurry?.()
  }

  #start(): QueriedRun {
    this.#options.meter.started()
    return this.#options.start()
  }

  #watch(run: QueriedRun): void {
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
    const { name, clock, logger, status } = this.#options
    status.update('connecting')
    const pauseMs = Math.min(pauseMinMs * 2 ** (this.#failures - 1), pauseMaxMs)
    logger.warn('a stream begins again', { name, error: error.message, pauseMs })
    this.#timer = clock.after(pauseMs, () => {
      this.#timer = undefined
      this.#current = this.#start()
      this.#watch(this.#current)
    })
  }
}

function isPassing(error: Error): boolean {
  if (!KafkaError.is(error)) return false
  // Its partitions were given to others while it was committing what it had done with them.
  return error.retriable || passing.has(error.kafkaName) || error.code === 'rebalance_in_progress'
}

function nameOf(table: string | { readonly node: TopologyNode }): string {
  return typeof table === 'string' ? table : table.node.name
}
