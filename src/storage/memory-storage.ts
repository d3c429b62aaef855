/**
 * Storage for tests, browsers and throw-away brokers: gone when the process ends.
 *
 * A file is a list of chunks, so that it grows without copying what it holds, and a small one takes
 * little memory.
 */

import type { Storage, StorageFile } from './storage.ts'

const chunkBytes = 1 << 20
const smallestChunkBytes = 256

/** What a folder holds by name: files, and `undefined` for a folder. */
type Entries = Map<string, MemoryFile | undefined>

export class MemoryStorage implements Storage {
  #folders = new Map<string, Entries>([['', new Map()]])

  open(path: string): StorageFile {
    const { folder, name } = split(path)
    const entries = this.#createFolder(folder)
    let file = entries.get(name)
    if (!file) {
      if (entries.has(name)) throw new Error(`'${path}' is a folder`)
      file = new MemoryFile()
      entries.set(name, file)
    }
    return file
  }

  list(folder: string): string[] {
    return [...(this.#folders.get(folder)?.keys() ?? [])].sort(byCodePoint)
  }

  exists(path: string): boolean {
    if (path === '') return true
    const { folder, name } = split(path)
    return this.#folders.get(folder)?.has(name) ?? false
  }

  isFolder(path: string): boolean {
    return this.#folders.has(path)
  }

  rename(from: string, to: string): void {
    const source = split(from)
    const target = split(to)
    const entries = this.#folders.get(source.folder)
    if (!entries?.has(source.name)) throw new Error(`'${from}' does not exist`)
    const moved = entries.get(source.name)
    if (!moved && this.exists(to)) throw new Error(`'${to}' exists`)
    entries.delete(source.name)
    this.#createFolder(target.folder).set(target.name, moved)
    if (moved) return
    for (const [path, content] of this.#below(from)) {
      this.#folders.delete(path)
      this.#folders.set(to + path.slice(from.length), content)
    }
  }

  remove(path: string): void {
    const { folder, name } = split(path)
    const entries = this.#folders.get(folder)
    const isFolder = entries?.has(name) && !entries.get(name)
    entries?.delete(name)
    if (!isFolder) return
    for (const [below] of this.#below(path)) this.#folders.delete(below)
  }

  syncFolder(): Promise<void> {
    return Promise.resolve()
  }

  close(): void {
    // Nothing is held: another broker may go on with the same memory.
  }

  /** Returns the folder `path` and all folders in it. */
  #below(path: string): [string, Entries][] {
    const entries = this.#folders.get(path)!
    const folders = [...entries].filter(([, file]) => !file)
    return [[path, entries], ...folders.flatMap(([name]) => this.#below(`${path}/${name}`))]
  }

  #createFolder(path: string): Entries {
    let entries = this.#folders.get(path)
    if (!entries) {
      const { folder, name } = split(path)
      this.#createFolder(folder).set(name, undefined)
      entries = new Map()
      this.#folders.set(path, entries)
    }
    return entries
  }
}

function split(path: string): { folder: string; name: string } {
  const slash = path.lastIndexOf('/')
  return { folder: slash < 0 ? '' : path.slice(0, slash), name: path.slice(slash + 1) }
}

function byCodePoint(left: string, right: string): number {
  return left < right ? -1 : 1
}

class MemoryFile implements StorageFile {
  /** Each is `chunkBytes` long, but for the last one, which grows up to that. */
  #chunks: Uint8Array[] = []
  #sizeBytes = 0

  get sizeBytes(): number {
    return this.#sizeBytes
  }

  append(bytes: Uint8Array): number {
    const start = this.#sizeBytes
    let copied = 0
    while (copied < bytes.length) {
      const position = start + copied
      const within = position % chunkBytes
      const length = Math.min(bytes.length - copied, chunkBytes - within)
      const chunk = this.#chunk(Math.floor(position / chunkBytes), within + length)
      chunk.set(bytes.subarray(copied, copied + length), within)
      copied += length
    }
    this.#sizeBytes = start + bytes.length
    return start
  }

  read(position: number, target: Uint8Array): number {
    const length = Math.max(0, Math.min(target.length, this.#sizeBytes - position))
    let copied = 0
    while (copied < length) {
      const at = position + copied
      const within = at % chunkBytes
      const chunk = this.#chunks[Math.floor(at / chunkBytes)]!
      const piece = Math.min(length - copied, chunkBytes - within)
      target.set(chunk.subarray(within, within + piece), copied)
      copied += piece
    }
    return length
  }

  truncate(sizeBytes: number): void {
    if (sizeBytes > this.#sizeBytes) throw new RangeError(`truncate() cannot make a file longer`)
    this.#sizeBytes = sizeBytes
    this.#chunks.length = Math.ceil(sizeBytes / chunkBytes)
  }

  sync(): Promise<void> {
    return Promise.resolve()
  }

  close(): void {
    // The memory stays with the storage, as a closed file stays on a disk.
  }

  /** Returns chunk `index`, grown so that it can hold `neededBytes`. */
  #chunk(index: number, neededBytes: number): Uint8Array {
    const chunk = this.#chunks[index]
    if (chunk && chunk.length >= neededBytes) return chunk
    const doubled = Math.max(neededBytes, (chunk?.length ?? 0) * 2, smallestChunkBytes)
    const larger = new Uint8Array(Math.min(doubled, chunkBytes))
    if (chunk) larger.set(chunk)
    this.#chunks[index] = larger
    return larger
  }
}
