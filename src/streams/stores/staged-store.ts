/**
 * A local store, and the entries in front of it that are on their way to the changelog: they are
 * read as if they were in the store, and put there once they are committed. So a store never has
 * more than its changelog.
 */

import { keyPrefix, keyText, parseKey } from './entry-text.ts'
import type { Checkpoint, LocalStore } from './local-store.ts'
import type { EntrySource } from './operator-state.ts'

interface Staged {
  readonly key: string
  readonly value: string | null
}

/** What was staged for one commit. */
export type StagedEntries = readonly Staged[]

export class StagedStore {
  readonly #store: LocalStore
  /** The newest of each key that is not in the store yet. */
  readonly #staged = new Map<string, Staged>()
  #open: Staged[] = []
  #isClosed = false

  constructor(store: LocalStore) {
    this.#store = store
  }

  get(key: string): string | undefined {
    const staged = this.#staged.get(key)
    return staged ? (staged.value ?? undefined) : this.#store.get(key)
  }

  /** Adds an entry to the next commit; `null` removes it. */
  stage(key: string, value: string | null): void {
    const staged = { key, value }
    this.#staged.set(key, staged)
    this.#open.push(staged)
  }

  /** Returns what was staged since the last time, to be put into the store once it is committed. */
  seal(): StagedEntries {
    const sealed = this.#open
    this.#open = []
    return sealed
  }

  /** Puts what was sealed into the store: it is committed, and in the changelog up to there. */
  keep(entries: StagedEntries, checkpoint: Checkpoint): void {
    if (this.#isClosed) return
    this.#store.apply(texts(entries), checkpoint)
    for (const staged of entries) {
      if (this.#staged.get(staged.key) === staged) this.#staged.delete(staged.key)
    }
  }

  /** Returns the entries of a node, to be looked up one by one. */
  sourceOf(node: string): EntrySource {
    return {
      get: (key) => {
        const text = this.get(keyText(node, key))
        return text === undefined ? undefined : (JSON.parse(text) as unknown)
      },
      forEach: (visit) => {
        this.forEach(keyPrefix(node), (key, value) => visit(parseKey(key)[1], JSON.parse(value)))
      },
    }
  }

  /** Calls `visit` with each entry whose key begins so. */
  forEach(prefix: string, visit: (key: string, value: string) => void): void {
    for (const { key, value } of this.#staged.values()) {
      if (value !== null && key.startsWith(prefix)) visit(key, value)
    }
    this.#store.forEach((key, value) => {
      if (key.startsWith(prefix) && !this.#staged.has(key)) visit(key, value)
    })
  }

  close(): void {
    this.#isClosed = true
    this.#store.close()
  }
}

function* texts(entries: StagedEntries): Iterable<readonly [string, string | null]> {
  for (const { key, value } of entries) yield [key, value]
}
