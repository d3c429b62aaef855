/**
 * What this worker has of the state of tasks: that of its own tasks, which they take and give back,
 * and copies of others', which are brought to the ends of their changelogs and kept there, so that
 * a task which comes here has little left to read.
 *
 * With a folder all of it is in the folder, and a copy that is not kept any more stays there as it
 * is; else copies are in memory. Only what is committed gets into a copy.
 */

import { AssignedPartition, noGroup } from '../../client/consumer/assigned-partition.ts'
import type { Cluster } from '../../client/cluster/cluster.ts'
import type { ResolvedConsumerConfig } from '../../client/consumer/consumer-options.ts'
import { Fetcher } from '../../client/consumer/fetcher.ts'
import { keyOf } from '../../client/cluster/offset-lookup.ts'
import { bytes } from '../../client/record/serde.ts'
import { systemGiveWay } from '../../runtime/system-runtime.ts'
import type { StandbyMetrics } from '../dsl/stream-queries.ts'
import type { LocalStore, StateFolder, TextEntry } from '../stores/local-store.ts'
import { MemoryStore } from '../stores/memory-store.ts'
import { changelogBounds, type ChangelogPlace } from './changelog.ts'
import { positionOf } from './store-position.ts'

export interface StateCopiesOptions {
  readonly config: ResolvedConsumerConfig<unknown, unknown>
  readonly folder: StateFolder | undefined
  readonly signal: AbortSignal
  /** More of a changelog is in its copy. */
  readonly onProgress: () => void
}

/** What a task gets that begins. */
export interface TakenCopy {
  readonly store: LocalStore
  /** Whether it is in a folder, and goes on being used; else it is in memory, as a beginning. */
  readonly isKept: boolean
}

/** One that is being kept up to date. */
interface Copy extends ChangelogPlace {
  /** From here on it is there. */
  open?: OpenCopy
}

interface OpenCopy {
  readonly store: LocalStore
  readonly topicId: string
  readonly source: AssignedPartition
  /** Where the changelog ended when this was begun. */
  readonly firstEnd: number
  /** What was read, and is not in the store yet. */
  entries: TextEntry[]
  /** The offset after the last of them. */
  next: number
  /** All that comes behind `next` is no older. */
  asOfMs: number
}

/** Records that are read before others have their turn. */
const turnRecords = 5000
const decoder = new TextDecoder()

export class StateCopies {
  readonly #cluster: Cluster
  readonly #options: StateCopiesOptions
  readonly #copies = new Map<string, Copy>()
  readonly #copyOf = new Map<AssignedPartition, Copy>()
  /** Those that tasks have. */
  readonly #taken = new Set<string>()
  #fetcher: Fetcher | undefined
  #isClosed = false

  constructor(cluster: Cluster, options: StateCopiesOptions) {
    this.#cluster = cluster
    this.#options = options
  }

  /** Returns what is here of a changelog, for its task; it is no copy until that gives it back. */
  take(place: ChangelogPlace): TakenCopy {
    const key = keyOf(place)
    this.#taken.add(key)
    const copy = this.#copies.get(key)
    const store = copy && this.#release(copy)
    const { folder } = this.#options
    return { store: store ?? this.#openStore(place), isKept: folder !== undefined }
  }

  /** The task is not here any more, and has closed its store. */
  giveBack(place: ChangelogPlace): void {
    this.#taken.delete(keyOf(place))
  }

  /** Has copies of these from now on, as far as they are not taken, and of no others. */
  keep(places: readonly ChangelogPlace[]): void {
    if (this.#isClosed) return
    const wanted = new Set(places.map((place) => keyOf(place)))
    for (const [key, copy] of this.#copies) if (!wanted.has(key)) this.#release(copy)?.close()
    for (const { topic, partition } of places) {
      const copy: Copy = { topic, partition }
      const key = keyOf(copy)
      if (this.#taken.has(key) || this.#copies.has(key)) continue
      this.#copies.set(key, copy)
      this.#begin(copy).catch((error: Error) => this.#giveUp(copy, error))
    }
  }

  /**
   * Whether the copies that there are of `places` have all that was there when they were begun, and
   * lack no more than so many records of what came since.
   */
  areWarm(places: readonly ChangelogPlace[], lagMax: number): boolean {
    return places.every((place) => {
      const copy = this.#copies.get(keyOf(place))
      if (!copy) return true
      return lagOf(copy) <= lagMax && copy.open!.next >= copy.open!.firstEnd
    })
  }

  get metrics(): StandbyMetrics[] {
    return [...this.#copies.values()].map((copy) => {
      const { topic, partition } = copy
      const lag = lagOf(copy)
      return { topic, partition, lag: lag === Infinity ? undefined : lag }
    })
  }

  close(): void {
    this.#isClosed = true
    for (const copy of this.#copies.values()) this.#release(copy)?.close()
    this.#fetcher?.close()
  }

  #openStore({ topic, partition }: ChangelogPlace): LocalStore {
    return this.#options.folder?.open(`${topic}-${partition}`) ?? new MemoryStore()
  }

  async #begin(copy: Copy): Promise<void> {
    const { signal } = this.#options
    const { logger, platform } = this.#cluster
    const bounds = await changelogBounds(this.#cluster, copy, signal)
    const { id: topicId } = await this.#cluster.topic(copy.topic, { signal })
    // Its task may have come meanwhile.
    if (this.#copies.get(keyOf(copy)) !== copy) return
    const store = this.#openStore(copy)
    const facts = { ...bounds, topicId, nowMs: platform.clock.now() }
    const position = positionOf(store, copy, { facts, logger })
    const { topic, partition } = copy
    const start = { topic, partition, position, value: bytes, key: bytes, committer: noGroup }
    const source = new AssignedPartition(start)
    const firstEnd = bounds.end
    const asOfMs = store.checkpoint?.savedAtMs ?? 0
    copy.open = { store, topicId, source, firstEnd, entries: [], next: position, asOfMs }
    this.#copyOf.set(source, copy)
    this.#fetcher ??= this.#newFetcher()
    this.#fetcher.add([source])
  }

  #newFetcher(): Fetcher {
    return new Fetcher(this.#cluster, this.#options.config, {
      onArrival: () => this.#drain(),
      onProgress: () => this.#drain(),
      // It is begun anew, and looks whence it can go on.
      onOutOfRange: (source, error) => this.#giveUp(this.#copyOf.get(source), error),
      onError: (error) => {
        for (const copy of this.#copies.values()) this.#giveUp(copy, error)
      },
    })
  }

  #drain(): void {
    const fetcher = this.#fetcher
    if (!fetcher || this.#isClosed) return
    for (let count = 0; count < turnRecords; count++) {
      const fetched = fetcher.take()
      if (!fetched) return this.#progress(fetcher.isEmpty)
      const copy = this.#copyOf.get(fetched.partition)
      if (fetched.error) this.#giveUp(copy, fetched.error)
      else if (copy?.open) {
        const { rawKey: key, rawValue: value, offset, timestamp } = fetched.record
        if (key) copy.open.entries.push([decoder.decode(key), value && decoder.decode(value)])
        copy.open.next = offset + 1
        copy.open.asOfMs = Math.max(copy.open.asOfMs, timestamp.getTime())
      }
    }
    this.#progress(false)
    systemGiveWay(() => this.#drain())
  }

  /** Puts into the stores what was read. */
  #progress(isAll: boolean): void {
    for (const copy of this.#copies.values()) {
      if (!copy.open) continue
      // What comes next may be the marker of a transaction, or compacted away.
      if (isAll) copy.open.next = Math.max(copy.open.next, copy.open.source.position)
      if (isAll && lagOf(copy) === 0) copy.open.asOfMs = this.#cluster.platform.clock.now()
      try {
        if (copy.open.next !== (copy.open.store.checkpoint?.offset ?? 0)) save(copy.open)
      } catch (error) {
        this.#giveUp(copy, error as Error)
      }
    }
    this.#options.onProgress()
  }

  /** Keeps it up to date no longer. Returns its store, if it has been opened. */
  #release(copy: Copy): LocalStore | undefined {
    const open = this.#detach(copy)
    // Of a changelog that is quiet it has everything, however long ago that came.
    if (open) save(open)
    return open?.store
  }

  #detach(copy: Copy): OpenCopy | undefined {
    this.#copies.delete(keyOf(copy))
    const { open } = copy
    if (!open) return undefined
    open.source.state = 'gone'
    this.#copyOf.delete(open.source)
    this.#fetcher?.remove(open.source)
    return open
  }

  /** It is begun anew the next time that it is asked for. */
  #giveUp(copy: Copy | undefined, error: Error): void {
    if (!copy || this.#isClosed || this.#copies.get(keyOf(copy)) !== copy) return
    const { topic, partition } = copy
    const facts = { topic, partition, error: error.message }
    this.#cluster.logger.warn('a copy of state is not kept up to date', facts)
    try {
      this.#detach(copy)?.store.close()
    } catch (cause) {
      // What is wrong with the disk was told already.
      this.#cluster.logger.debug('a copy of state could not be closed', { ...facts, cause })
    }
  }
}

/** Returns how many records of its changelog a copy lacks, as far as is known. */
function lagOf({ open }: Copy): number {
  // While it cannot be fetched, what the broker said last is of before.
  if (open?.source.end === undefined || open.source.failures > 0) return Infinity
  return Math.max(0, open.source.end - open.next)
}

/** Puts into the store what was read. */
function save(open: OpenCopy): void {
  const { store, topicId, entries, next: offset, asOfMs: savedAtMs } = open
  open.entries = []
  store.apply(entries, { topicId, offset, savedAtMs })
}
