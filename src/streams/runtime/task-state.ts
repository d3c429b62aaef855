/**
 * What one task remembers: its changelog, and the local store in front of it. Before the task
 * begins the store is brought to the end of the changelog. A store that is only a copy in memory is
 * given up then: the operators have everything.
 */

import type { Cluster } from '../../client/cluster/cluster.ts'
import type { ResolvedConsumerConfig } from '../../client/consumer/consumer-options.ts'
import { ClosedError, KafkaError } from '../../client/failure/errors.ts'
import { delay } from '../../client/failure/retry.ts'
import type { RestoreProgress } from '../dsl/run-options.ts'
import { keyPrefix, keyText, parseKey } from '../stores/entry-text.ts'
import { LocalStoreError, type Checkpoint, type TextEntry } from '../stores/local-store.ts'
import { StagedStore } from '../stores/staged-store.ts'
import type { Task } from '../topology/task.ts'
import { changelogBounds, readChangelog } from './changelog.ts'
import type { ChangelogBounds, ChangelogPlace } from './changelog.ts'
import type { StateCopies, TakenCopy } from './state-copies.ts'
import { positionOf } from './store-position.ts'
import type { OutputRecord } from './stream-output.ts'

export interface TaskStateOptions {
  readonly cluster: Cluster
  readonly config: ResolvedConsumerConfig<unknown, unknown>
  readonly signal: AbortSignal
  readonly changelog: ChangelogPlace
  /** Whence it gets what is here of it already. */
  readonly copies: StateCopies
  readonly onRestore: ((progress: RestoreProgress) => void) | undefined
}

/** Writes a record; `onStored` is told of its offset. */
export type WriteRecord = (record: OutputRecord, onStored?: (offset: number) => void) => void

/** Entries that are put into the store together while it is restored. */
const restoreEntriesMax = 10_000

export class TaskState {
  readonly #options: TaskStateOptions
  readonly #task: Task
  readonly #copy: TakenCopy
  readonly #staged: StagedStore | undefined
  readonly #closing = new AbortController()
  readonly #signal: AbortSignal
  #topicId = ''

  constructor(task: Task, options: TaskStateOptions) {
    this.#task = task
    this.#options = options
    this.#signal = AbortSignal.any([options.signal, this.#closing.signal])
    this.#copy = options.copies.take(options.changelog)
    if (this.#copy.isKept) this.#staged = new StagedStore(this.#copy.store)
  }

  /** Resolves with whether the task remembers all that is committed: not, if it was closed. */
  async restore(): Promise<boolean> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#restore()
        return true
      } catch (error) {
        if (this.#closing.signal.aborted) return false
        await this.#mayPass(error as Error, attempt)
      }
    }
  }

  /** Waits a while before the next attempt. @throws what will not pass */
  async #mayPass(error: Error, attempt: number): Promise<void> {
    const { cluster, changelog, signal } = this.#options
    const passes = KafkaError.is(error) && error.retriable && !(error instanceof LocalStoreError)
    if (!passes) throw error
    cluster.logger.warn('state could not be read', { ...changelog, error: error.message })
    await delay(cluster.backoffMs(attempt), cluster.platform.clock, signal)
  }

  async #restore(): Promise<void> {
    const { cluster, changelog } = this.#options
    const signal = this.#signal
    const bounds = await changelogBounds(cluster, changelog, signal)
    this.#topicId = (await cluster.topic(changelog.topic, { signal })).id
    signal.throwIfAborted()
    await this.#fill(bounds)
    this.#giveAll()
  }

  /**
   * Writes what has changed to the changelog. Returns what is to be called once that is committed.
   */
  drain(write: WriteRecord): () => void {
    const { changelog, cluster } = this.#options
    const timestamp = cluster.platform.clock.now()
    const staged = this.#staged
    let last: OutputRecord | undefined
    this.#task.drain((node, key, value) => {
      if (last) write(last)
      const text = keyText(node, key)
      const valueText = value === undefined ? null : JSON.stringify(value)
      staged?.stage(text, valueText)
      last = { ...changelog, timestamp, key: text, value: valueText }
    })
    if (!last) return nothing
    if (!staged) {
      write(last)
      return nothing
    }
    const entries = staged.seal()
    let offset = -1
    write(last, (stored) => (offset = stored + 1))
    return () => staged.keep(entries, this.#checkpoint(offset))
  }

  get isClosed(): boolean {
    return this.#closing.signal.aborted
  }

  /** A restore that is under way is given up. */
  close(): void {
    this.#closing.abort(new ClosedError('the task is not ours any more'))
    // With what is on its way to it, if that goes there.
    if (this.#staged) this.#staged.close()
    else this.#copy.store.close()
    this.#options.copies.giveBack(this.#options.changelog)
  }

  /** Brings the store to the end of the changelog. */
  async #fill(bounds: ChangelogBounds): Promise<void> {
    const { cluster, changelog } = this.#options
    const { store } = this.#copy
    const { logger, platform } = cluster
    const facts = { ...bounds, topicId: this.#topicId, nowMs: platform.clock.now() }
    const position = positionOf(store, changelog, { facts, logger })
    const { end } = bounds
    let entries: TextEntry[] = []
    await this.#read({ position, end }, (key, value) => entries.push([key, value]), {
      onProgress: (next, asOfMs) => {
        if (entries.length < restoreEntriesMax && next < end) return
        // On the way there it is no newer than what was read last.
        const before = Math.max(asOfMs, store.checkpoint?.savedAtMs ?? 0)
        const savedAtMs = next < end ? before : platform.clock.now()
        store.apply(entries, { topicId: this.#topicId, offset: next, savedAtMs })
        entries = []
      },
    })
  }

  /** Gives the operators what they do not look up. */
  #giveAll(): void {
    const { store } = this.#copy
    const staged = this.#staged
    if (!staged) {
      store.forEach((key, value) => this.#give(key, value))
      store.clear()
      return
    }
    const others = this.#task.readFrom((node) => staged.sourceOf(node))
    const prefixes = others.map((node) => keyPrefix(node))
    if (prefixes.length === 0) return
    store.forEach((key, value) => {
      if (prefixes.some((prefix) => key.startsWith(prefix))) this.#give(key, value)
    })
  }

  #give(text: string, value: string): void {
    const [node, key] = parseKey(text)
    this.#task.restore(node, key, JSON.parse(value))
  }

  async #read(
    { position, end }: { readonly position: number; readonly end: number },
    onEntry: (key: string, value: string | null) => void,
    { onProgress }: { readonly onProgress: (position: number, asOfMs: number) => void },
  ): Promise<void> {
    const { cluster, changelog, config, onRestore } = this.#options
    const signal = this.#signal
    const total = Math.max(0, end - position)
    const facts = { ...changelog, total }
    const begunMs = cluster.platform.clock.monotonic()
    onRestore?.({ ...facts, restored: 0, isDone: total === 0 })
    if (total === 0) return
    let told = position
    await readChangelog(
      cluster,
      { ...changelog, position, end, config, signal },
      {
        onEntry,
        onProgress: (next, asOfMs) => {
          onProgress(next, asOfMs)
          if (next === told) return
          told = next
          onRestore?.({ ...facts, restored: next - position, isDone: next >= end })
        },
      },
    )
    const tookMs = Math.round(cluster.platform.clock.monotonic() - begunMs)
    cluster.logger.info('state was restored', { ...facts, tookMs })
  }

  #checkpoint(offset: number): Checkpoint {
    const savedAtMs = this.#options.cluster.platform.clock.now()
    return { topicId: this.#topicId, offset, savedAtMs }
  }
}

function nothing(): void {
  // There is no store that the changes are to be put into.
}
