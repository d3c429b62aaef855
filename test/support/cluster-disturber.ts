/**
 * What happens to a cluster's brokers while a test runs: they are killed, shut down, frozen and
 * restarted, one at a time, and leaders move. A seed decides what, and when.
 */

import { AsyncLocalStorage } from 'node:async_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ApacheKafkaCluster } from './apache-kafka-cluster.ts'
import { seededRandom, type SeededRandom } from './random.ts'

export type Disturbance = 'kill' | 'shut down' | 'freeze' | 'move leaders'

export interface DisturberOptions {
  readonly seed: number
  /** What may happen; what is named more often happens more often. @default all, alike */
  readonly choices?: readonly Disturbance[]
  /** Told of each disturbance, and when it is over. */
  readonly note?: (what: string) => void
  /** How long the cluster is left alone between two disturbances, at most. @default 3000 */
  readonly calmMs?: number
  /** How long a broker is away, at most. @default 5000 */
  readonly downMs?: number
}

export class Disturber {
  readonly seed: number
  /** What was done, in order. */
  readonly done: { readonly what: Disturbance; readonly node: number }[] = []
  readonly #cluster: ApacheKafkaCluster
  readonly #random: SeededRandom
  readonly #choices: readonly Disturbance[]
  readonly #note: (what: string) => void
  readonly #calmMs: number
  readonly #downMs: number
  readonly #stopped = new AbortController()
  /** Settles when the disturbance that goes on is over, and the cluster whole again. */
  #turn: Promise<void> = Promise.resolve()
  /** What runs while nothing happens may ask for that once more. */
  readonly #calm = new AsyncLocalStorage<true>()
  readonly #running: Promise<void>
  #hasFailed = false

  constructor(cluster: ApacheKafkaCluster, options: DisturberOptions) {
    this.seed = options.seed
    this.#cluster = cluster
    this.#random = seededRandom(options.seed)
    this.#choices = options.choices ?? ['kill', 'shut down', 'freeze', 'move leaders']
    this.#note = options.note ?? (() => undefined)
    this.#calmMs = options.calmMs ?? 3000
    this.#downMs = options.downMs ?? 5000
    this.#running = this.#run()
    // Why, is told by `stop`.
    this.#running.catch(() => (this.#hasFailed = true))
  }

  /** How often a broker was killed. */
  get kills(): number {
    return this.done.filter(({ what }) => what === 'kill').length
  }

  /** Whether the cluster could not be made whole again. */
  get hasFailed(): boolean {
    return this.#hasFailed
  }

  /** What was done, in words. */
  told(): string {
    return this.done.map(({ what, node }) => `${what} ${node}`).join(', ')
  }

  /** Lets nothing happen while `work` runs, which begins with the cluster whole. */
  calmly<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#calm.getStore()) return work()
    const result = this.#turn.then(() => this.#calm.run(true, work))
    this.#turn = result.then(
      () => undefined,
      () => undefined,
    )
    return result
  }

  /** Resolves once the cluster is whole again, for good. */
  async stop(): Promise<void> {
    this.#stopped.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopped
    while (!signal.aborted) {
      await sleep(this.#random.below(this.#calmMs), undefined, { signal }).catch(() => undefined)
      if (signal.aborted) return
      await this.calmly(() => this.#disturb())
    }
  }

  async #disturb(): Promise<void> {
    const cluster = this.#cluster
    const what = this.#random.pick(this.#choices)
    const node = this.#random.pick(cluster.nodes)
    this.done.push({ what, node })
    this.#note(`${what} ${node}`)
    if (what === 'move leaders') {
      const by = this.#random.below(2) + 1
      await cluster.moveLeaders((partition) => partition + by)
      return
    }
    const downMs = this.#random.below(this.#downMs)
    if (what === 'freeze') {
      cluster.freeze(node)
      await sleep(downMs)
      cluster.thaw(node)
    } else {
      await (what === 'kill' ? cluster.kill(node) : cluster.shutDown(node))
      await sleep(downMs)
      await cluster.restart(node)
    }
    this.#note(`${node} is back`)
    await cluster.inSync()
    this.#note('all are in sync')
  }
}
