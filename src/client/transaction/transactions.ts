/**
 * The transactions of one client, and the producers that they use one after the other: as many as
 * there are transactions at the same time, but for ids that the program has chosen, of which each
 * has one.
 */

import { randomUuid } from '../../bytes/random-uuid.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { abortable, failureWithin } from '../failure/deadline.ts'
import { ClosedError } from '../failure/errors.ts'
import { runTransaction, type TransactionRun, type TransactionWork } from './run-transaction.ts'
import { resolveTransaction } from './transaction-options.ts'
import type { TransactionConfig, TransactionSettings } from './transaction-options.ts'
import { TransactionalProducer } from './transactional-producer.ts'

/** Transactions at the same time; others wait for one of these to end. */
const openTransactionsMax = 64
/** Closing waits no longer than this for transactions to be aborted. */
const closeTimeoutMs = 5000

/** Producers that take turns. */
interface Pool {
  readonly openMax: number
  openCount: number
  readonly idle: IdleProducer[]
  /** Called in turn when a producer may be taken. */
  readonly waiting: Set<() => void>
}

interface IdleProducer {
  readonly producer: TransactionalProducer
  /** How it is configured. */
  readonly key: string
}

export class Transactions {
  readonly #cluster: Cluster
  /** By the id that the program chose; by '' the one with ids of our own. */
  readonly #pools = new Map<string, Pool>()
  readonly #idPrefix: string
  #idCount = 0
  readonly #closing = new AbortController()
  readonly #running = new Set<Promise<unknown>>()

  constructor(cluster: Cluster) {
    this.#cluster = cluster
    const unique = randomUuid(cluster.platform.random.bytes(16))
    this.#idPrefix = `${cluster.options.clientId}-${unique}`
  }

  /** Runs `work` in a transaction: committed when it returns, aborted where it throws. */
  run<Value, Key, Result>(
    topic: string,
    work: TransactionWork<Value, Key, Result>,
    config: TransactionConfig<Value, Key>,
  ): Promise<Result> {
    return this.#watched(
      this.#withProducer(config, (parts) => runTransaction(parts, topic, { work, config })),
    )
  }

  /** Takes the id over from whoever had it, and ends what they have left open. */
  initialise<Value, Key>(config: TransactionConfig<Value, Key>): Promise<void> {
    return this.#watched(
      this.#withProducer(config, ({ producer, signal }) => producer.takeOver(signal)),
    )
  }

  /** Aborts what is open. It always settles. */
  async close(): Promise<void> {
    this.#closing.abort(new ClosedError('the client is closed'))
    const { clock } = this.#cluster.platform
    const timeoutMs = Math.min(closeTimeoutMs, this.#cluster.options.timeoutMs)
    await failureWithin({ clock, timeoutMs }, async () => {
      await Promise.allSettled(this.#running)
    })
  }

  /** Has `close` wait for `running`. */
  #watched<Result>(running: Promise<Result>): Promise<Result> {
    this.#running.add(running)
    const forget = (): void => void this.#running.delete(running)
    running.then(forget, forget)
    return running
  }

  /** Has `use` have a producer for itself, when it is its turn. */
  async #withProducer<Value, Key, Result>(
    config: TransactionConfig<Value, Key>,
    use: (parts: TransactionRun) => Promise<Result>,
  ): Promise<Result> {
    const settings = resolveTransaction(config, this.#cluster.options)
    const pool = this.#poolOf(settings.transactionalId)
    const controller = new AbortController()
    const signals = [this.#closing.signal, ...(config.signal ? [config.signal] : [])]
    const onAbort = (): void => {
      controller.abort(signals.find(({ aborted }) => aborted)?.reason)
    }
    for (const signal of signals) signal.addEventListener('abort', onAbort)
    if (signals.some(({ aborted }) => aborted)) onAbort()
    try {
      const { signal } = controller
      await enter(pool, signal)
      const idle = this.#take(pool, settings)
      const { producer } = idle
      try {
        return await use({ cluster: this.#cluster, producer, settings, signal })
      } finally {
        if (producer.ending) void this.#watched(producer.ending)
        pool.idle.push(idle)
        if (pool.idle.length > pool.openMax) pool.idle.shift()
        leave(pool)
      }
    } finally {
      for (const signal of signals) signal.removeEventListener('abort', onAbort)
    }
  }

  #poolOf(transactionalId: string | undefined): Pool {
    const name = transactionalId ?? ''
    let pool = this.#pools.get(name)
    if (!pool) {
      const openMax = transactionalId === undefined ? openTransactionsMax : 1
      pool = { openMax, openCount: 0, idle: [], waiting: new Set() }
      this.#pools.set(name, pool)
    }
    return pool
  }

  /** Returns the producer that was used last, of those configured like this; else a new one. */
  #take(pool: Pool, settings: TransactionSettings): IdleProducer {
    const key = JSON.stringify(settings)
    const found = pool.idle.findLastIndex((idle) => idle.key === key)
    const [known] = found < 0 ? [] : pool.idle.splice(found, 1)
    if (known) return known
    const isOwnId = settings.transactionalId === undefined
    // Another with the same chosen id is done with: the new one begins where it has ended.
    const [before] = isOwnId ? [] : pool.idle.splice(0)
    const transactionalId = settings.transactionalId ?? `${this.#idPrefix}-${++this.#idCount}`
    const options = { ...settings, transactionalId, isOwnId }
    const producer = new TransactionalProducer(this.#cluster, options, before?.producer.ending)
    return { producer, key }
  }
}

async function enter(pool: Pool, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  if (pool.openCount < pool.openMax) {
    pool.openCount++
    return
  }
  const { promise, resolve } = Promise.withResolvers<void>()
  pool.waiting.add(resolve)
  try {
    await abortable(promise, signal)
  } catch (error) {
    // The turn may have come in the same moment: then it is for the next.
    if (!pool.waiting.delete(resolve)) leave(pool)
    throw error
  }
}

function leave(pool: Pool): void {
  const [next] = pool.waiting
  if (!next) {
    pool.openCount--
    return
  }
  pool.waiting.delete(next)
  next()
}
