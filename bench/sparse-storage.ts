/**
 * Storage whose files hold zeros as holes, so that a log of many gigabytes takes seconds to write
 * and little of the disk: of each large append, only the first and the last bytes are stored. What
 * is between must be zeros.
 */

import { closeSync, existsSync, fdatasyncSync, ftruncateSync, mkdirSync, openSync } from 'node:fs'
import { readdirSync, readSync, renameSync, rmSync, statSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Storage, StorageFile } from '../src/storage/storage.ts'

const storedBytes = 4096

export class SparseStorage implements Storage {
  readonly #root: string

  constructor(root: string) {
    this.#root = root
  }

  open(path: string): StorageFile {
    return new SparseFile(join(this.#root, path))
  }

  list(folder: string): string[] {
    const path = join(this.#root, folder)
    return existsSync(path) ? readdirSync(path).sort() : []
  }

  exists(path: string): boolean {
    return existsSync(join(this.#root, path))
  }

  isFolder(path: string): boolean {
    return statSync(join(this.#root, path), { throwIfNoEntry: false })?.isDirectory() ?? false
  }

  rename(from: string, to: string): void {
    renameSync(join(this.#root, from), join(this.#root, to))
  }

  remove(path: string): void {
    rmSync(join(this.#root, path), { recursive: true, force: true })
  }

  async syncFolder(): Promise<void> {
    // Nobody cuts the power of a benchmark.
  }

  close(): void {
    // There is no lock.
  }
}

class SparseFile implements StorageFile {
  readonly #descriptor: number
  #sizeBytes: number

  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true })
    this.#descriptor = openSync(path, existsSync(path) ? 'r+' : 'w+')
    this.#sizeBytes = statSync(path).size
  }

  get sizeBytes(): number {
    return this.#sizeBytes
  }

  append(bytes: Uint8Array): number {
    const start = this.#sizeBytes
    const headBytes = Math.min(storedBytes, bytes.length)
    const tailBytes = Math.min(storedBytes, bytes.length - headBytes)
    const tailStart = bytes.length - tailBytes
    writeSync(this.#descriptor, bytes, 0, headBytes, start)
    if (tailBytes > 0) {
      writeSync(this.#descriptor, bytes, tailStart, tailBytes, start + tailStart)
    }
    this.#sizeBytes = start + bytes.length
    return start
  }

  read(position: number, target: Uint8Array): number {
    return readSync(this.#descriptor, target, 0, target.length, position)
  }

  truncate(sizeBytes: number): void {
    ftruncateSync(this.#descriptor, sizeBytes)
    this.#sizeBytes = sizeBytes
  }

  async sync(): Promise<void> {
    fdatasyncSync(this.#descriptor)
  }

  close(): void {
    closeSync(this.#descriptor)
  }
}
