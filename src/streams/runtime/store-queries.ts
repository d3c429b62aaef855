/** Looks into what tasks remember, for those who ask from outside. It never changes anything. */

import { describeGroup } from '../../client/admin/admin-groups.ts'
import type { Cluster } from '../../client/cluster/cluster.ts'
import { partitionForKey } from '../../client/producer/partitioner.ts'
import type { KeyOwner, TableStore, WindowStore } from '../dsl/stream-queries.ts'
import type { Operator, TableView, WindowView } from '../operators/operator.ts'
import { canonicalJson } from '../stores/store-key.ts'
import { placedAs, type SubTopology } from '../topology/sub-topologies.ts'
import { nodesBefore, type TopologyNode } from '../topology/topology-node.ts'
import type { WindowResult } from '../window.ts'
import type { RunningTask } from './running-task.ts'
import { StoreUnavailableError } from './store-unavailable-error.ts'

export interface QueriedApplication {
  readonly name: string
  readonly cluster: Cluster
  readonly parts: readonly SubTopology[]
  /** Those that are with this worker. */
  tasks(): Iterable<RunningTask>
}

/** What both kinds of stores have in common: where things are. */
abstract class StoreQuery {
  readonly #name: string
  /** It may have begun again since the last time. */
  readonly #application: () => QueriedApplication

  /** @throws StoreUnavailableError where there is no such step */
  constructor(name: string, application: () => QueriedApplication) {
    this.#name = name
    this.#application = application
    this.#place()
  }

  async ownerOf(key: unknown): Promise<KeyOwner> {
    const { cluster, name } = this.#application()
    const { part } = this.#place()
    const partition = this.#partitionOf(key)
    const { members } = await describeGroup(cluster, name, {})
    const [topic] = part.topics
    const member = members.find(({ partitions }) =>
      partitions.some((place) => place.topic === topic && place.partition === partition),
    )
    return { partition, isLocal: this.#taskOf(partition)?.isRunning ?? false, member }
  }

  /**
   * Returns what is to be looked into of the tasks that are here, and remember what they should.
   *
   * @throws StoreUnavailableError where the step has no such thing
   */
  protected parts<Part>(partOf: (operator: Operator) => Part | undefined): Part[] {
    const running = this.#tasks().filter(({ isRunning }) => isRunning)
    return running.map(({ task }) => {
      const part = partOf(task.operatorOf(this.#name)!)
      if (part === undefined) throw new StoreUnavailableError(this.#name, 'no such store')
      return part
    })
  }

  /** @throws StoreUnavailableError where it is not for us to say that a key is not there */
  protected mustBeHere(key: unknown): void {
    const partition = this.#partitionOf(key)
    const task = this.#taskOf(partition)
    if (task?.isRunning) return
    const reason = task ? 'restoring' : 'elsewhere'
    throw new StoreUnavailableError(this.#name, reason, partition)
  }

  #place(): { readonly part: SubTopology; readonly node: TopologyNode } {
    const { parts } = this.#application()
    for (const part of parts) {
      const node = nodesBefore(part.ends).find(({ name }) => name === this.#name)
      // A global table is no task's.
      if (node && node.global === undefined) return { part, node }
    }
    throw new StoreUnavailableError(this.#name, parts.length > 0 ? 'no such store' : 'not started')
  }

  #tasks(): RunningTask[] {
    const { part } = this.#place()
    return [...this.#application().tasks()].filter((task) => task.part === part)
  }

  #taskOf(wanted: number): RunningTask | undefined {
    return this.#tasks().find(({ partition }) => partition === wanted)
  }

  #partitionOf(key: unknown): number {
    const { part, node } = this.#place()
    const place = placedAs(node)(key) ?? ''
    return partitionForKey(place, part.partitionCount)
  }
}

export class TableQuery extends StoreQuery implements TableStore<unknown, unknown> {
  get(key: unknown): unknown {
    for (const view of this.#views()) {
      const row = view.get(key)
      if (row) return row.value
    }
    this.mustBeHere(key)
    return undefined
  }

  range(from: unknown, to: unknown): [unknown, unknown][] {
    const rows = this.all().filter(([key]) => compare(key, from) >= 0 && compare(key, to) <= 0)
    return rows.sort(([a], [b]) => compare(a, b))
  }

  all(): [unknown, unknown][] {
    const rows: [unknown, unknown][] = []
    for (const view of this.#views()) view.forEach?.((row) => rows.push([row.key, row.value]))
    return rows
  }

  #views(): TableView[] {
    return this.parts(({ view }) => view)
  }
}

export class WindowQuery extends StoreQuery implements WindowStore<unknown, unknown> {
  windows(
    key: unknown,
    { from = -Infinity, to = Infinity }: { readonly from?: number; readonly to?: number } = {},
  ): WindowResult<unknown>[] {
    const found: WindowResult<unknown>[] = []
    for (const windows of this.#windows()) {
      windows.forEachOf(key, ({ key: { start, end }, value }) => found.push({ value, start, end }))
    }
    if (found.length === 0) this.mustBeHere(key)
    const inSpan = found.filter(({ start }) => start >= from && start <= to)
    return inSpan.sort((a, b) => a.start - b.start)
  }

  all(): [unknown, WindowResult<unknown>][] {
    const found: [unknown, WindowResult<unknown>][] = []
    for (const windows of this.#windows()) {
      windows.forEach(({ key: { key, start, end }, value }) => {
        found.push([key, { value, start, end }])
      })
    }
    return found
  }

  #windows(): WindowView[] {
    return this.parts(({ windows }) => windows)
  }
}

/** Numbers by their size, and all else by its text. */
function compare(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  const [one, other] = [a, b].map((key) => (typeof key === 'string' ? key : canonicalJson(key)))
  return one! < other! ? -1 : one! > other! ? 1 : 0
}
