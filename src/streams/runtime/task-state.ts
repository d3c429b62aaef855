/**
 * What one task remembers: its changelog, and the local store in front of it, if there is one.
 * Before the task begins the store is brought to the end of the changelog; without a store the
 * operators have everything in memory.
 */

import type { Cluster } from '../../client/cluster/cluster.ts'
import type { ResolvedConsumerConfig } from '../../client/consumer/consumer-options.ts'
import { ClosedError } from '../../client/failure/errors.ts'
import type { RestoreProgress } from '../dsl/run-options.ts'
import { keyPrefix, keyText, parseKey } from '../stores/entry-text.ts'
import type { Checkpoint, LocalStore, TextEntry } from '../stores/local-store.ts'
import { StagedStore } from '../stores/staged-store.ts'
import type { Task } from '../topology/task.ts'
import { changelogBounds, readChangelog, type ChangelogPlace } from './changelog.ts'
import type { OutputRecord } from './stream-output.ts'

export interface TaskStateOptions {
  readonly cluster: Cluster
  readonly config: ResolvedConsumerConfig<unknown, unknown>
  readonly signal: AbortSignal
  readonly changelog: ChangelogPlace
  readonly store: LocalStore | undefined
  readonly onRestore: ((progress: RestoreProgress) => void) | undefined
}

/** Writes a record; `onStored` is told of its offset. */
export type WriteRecord = (record: OutputRecord, onStored?: (offset: number) => void) => void

/** Entries that are put into the store together while it is restored. */
const restoreEntriesMax = 10_000

export class TaskState {
  readonly #options: TaskStateOptions
  readonly #task: Task
  readonly #staged: StagedStore | undefined
  readonly #closing = new AbortController()
  readonly #signal: AbortSignal
  #topicId = ''

  constructor(task: Task, options: TaskStateOptions) {
    this.#task = task
    this.#options = options
    this.#signal = AbortSignal.any([options.signal, this.#closing.signal])
    this.#staged = options.store && new StagedStore(options.store)
  }

  /** Resolves with whether the task remembers all that is committed: not, if it was closed. */
  async restore(): Promise<boolean> {
    try {
      await this.#restore()
    } catch (error) {
      if (!this.#closing.signal.aborted) throw error
    }
    return !this.#closing.signal.aborted
  }

  async #restore(): Promise<void> {
    const { cluster, changelog, store } = this.#options
    const signal = this.#signal
    const bounds = await changelogBounds(cluster, changelog, signal)
    this.#topicId = (await cluster.topic(changelog.topic, { signal })).id
    if (store) await this.#restoreStore(store, bounds)
    else await this.#restoreMemory(bounds)
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

  /** A restore that is under way is given up. */
  close(): void {
    this.#closing.abort(new ClosedError('the task is not ours any more'))
    this.#staged?.close()
  }

  async #restoreStore(
    store: LocalStore,
    { start, end }: { readonly start: number; readonly end: number },
  ): Promise<void> {
    const reason = whyOutdated(store.checkpoint, {
      topicId: this.#topicId,
      start,
      end,
      nowMs: this.#options.cluster.platform.clock.now(),
    })
    if (reason !== undefined) {
      const facts = { ...this.#options.changelog, reason }
      this.#options.cluster.logger.warn('local state is not used', facts)
      store.clear()
    }
    const position = Math.max(start, store.checkpoint?.offset ?? 0)
    let entries: TextEntry[] = []
    await this.#read({ position, end }, (key, value) => entries.push([key, value]), {
      onProgress: (next) => {
        if (entries.length < restoreEntriesMax && next < end) return
        store.apply(entries, this.#checkpoint(next))
        entries = []
      },
    })
    const staged = this.#staged!
    const others = this.#task.readFrom((node) => staged.sourceOf(node))
    const prefixes = others.map((node) => keyPrefix(node))
    if (prefixes.length === 0) return
    store.forEach((key, value) => {
      if (prefixes.some((prefix) => key.startsWith(prefix))) this.#give(key, value)
    })
  }

  async #restoreMemory(bounds: { readonly start: number; readonly end: number }): Promise<void> {
    const alive = new Map<string, string>()
    await this.#read({ position: bounds.start, end: bounds.end }, (key, value) => {
      if (value === null) alive.delete(key)
      else alive.set(key, value)
    })
    for (const [key, value] of alive) this.#give(key, value)
  }

  #give(text: string, value: string): void {
    const [node, key] = parseKey(text)
    this.#task.restore(node, key, JSON.parse(value))
  }

  async #read(
    { position, end }: { readonly position: number; readonly end: number },
    onEntry: (key: string, value: string | null) => void,
    { onProgress }: { readonly onProgress?: (position: number) => void } = {},
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
        onProgress: (next) => {
          onProgress?.(next)
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

/** Changelogs keep deletions for longer, so that none is missing from what is read. */
export const storeAgeMaxMs = 7 * 24 * 60 * 60 * 1000

/** Returns why a store cannot be brought to the end of its changelog, if so. */
export function whyOutdated(
  checkpoint: Checkpoint | undefined,
  changelog: {
    readonly topicId: string
    readonly start: number
    readonly end: number
    readonly nowMs: number
  },
): string | undefined {
  if (!checkpoint) return undefined
  const { topicId, offset, savedAtMs } = checkpoint
  const { start, end, nowMs } = changelog
  if (topicId !== changelog.topicId) return 'the changelog was made anew'
  if (offset > end) return `the changelog ends at ${end}, before ${offset}`
  if (offset < start) return `the changelog begins at ${start}, after ${offset}`
  const isOld = offset < end && nowMs - savedAtMs > storeAgeMaxMs
  return isOld ? 'it is so old that deletions may be missing from the changelog' : undefined
}
