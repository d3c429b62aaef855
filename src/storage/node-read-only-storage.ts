/**
 * A folder of the local file system, to look at: nothing in it is changed, not even by a lock. For
 * tools that must leave what they examine as it is.
 */

import { closeSync, existsSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Storage, StorageFile } from './storage.ts'

export class NodeReadOnlyStorage implements Storage {
  readonly #root: string

  constructor(folder: string) {
    this.#root = resolve(folder)
  }

  /** @throws Error where there is no such file */
  open(path: string): StorageFile {
    return new ReadOnlyFile(join(this.#root, path))
  }

  list(folder: string): string[] {
    if (!this.isFolder(folder)) return []
    const path = join(this.#root, folder)
    return readdirSync(path).sort((left, right) => (left < right ? -1 : 1))
  }

  exists(path: string): boolean {
    return existsSync(join(this.#root, path))
  }

  isFolder(path: string): boolean {
    return statSync(join(this.#root, path), { throwIfNoEntry: false })?.isDirectory() ?? false
  }

  rename(from: string): void {
    throw refusal(from)
  }

  remove(path: string): void {
    throw refusal(path)
  }

  syncFolder(): Promise<void> {
    return Promise.resolve()
  }

  close(): void {}
}

class ReadOnlyFile implements StorageFile {
  readonly sizeBytes: number
  readonly #path: string
  #descriptor: number | undefined

  constructor(path: string) {
    this.#path = path
    this.sizeBytes = statSync(path).size
  }

  read(position: number, target: Uint8Array): number {
    this.#descriptor ??= openSync(this.#path, 'r')
    let filled = 0
    while (filled < target.length) {
      const left = target.length - filled
      const count = readSync(this.#descriptor, target, filled, left, position + filled)
      if (count === 0) break
      filled += count
    }
    return filled
  }

  append(): number {
    throw refusal(this.#path)
  }

  truncate(): void {
    throw refusal(this.#path)
  }

  sync(): Promise<void> {
    return Promise.resolve()
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor)
    this.#descriptor = undefined
  }
}

function refusal(path: string): Error {
  return new Error(`'${path}' is open for reading only`)
}
