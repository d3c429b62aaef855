/** A local store in memory: the copy of a task's state where there is no folder. */

import type { Checkpoint, LocalStore, TextEntry } from './local-store.ts'

export class MemoryStore implements LocalStore {
  readonly #entries = new Map<string, string>()
  #checkpoint: Checkpoint | undefined

  get checkpoint(): Checkpoint | undefined {
    return this.#checkpoint
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: string): string | undefined {
    return this.#entries.get(key)
  }

  forEach(visit: (key: string, value: string) => void): void {
    for (const [key, value] of this.#entries) visit(key, value)
  }

  apply(entries: Iterable<TextEntry>, checkpoint: Checkpoint): void {
    for (const [key, value] of entries) {
      if (value === null) this.#entries.delete(key)
      else this.#entries.set(key, value)
    }
    this.#checkpoint = checkpoint
  }

  clear(): void {
    this.#entries.clear()
    this.#checkpoint = undefined
  }

  close(): void {
    this.clear()
  }
}
