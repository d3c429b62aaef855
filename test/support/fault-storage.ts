/**
 * Storage in memory that fails when told to, and that knows what a power failure would leave of it.
 *
 * Bytes are volatile until their file is synced; names (creations, renames, removals) until their
 * folder is. A power failure keeps any prefix of the name changes of each folder, as a journaling
 * file system does, and of each file what was synced plus some of the rest: nothing, all, a prefix,
 * or a prefix followed by zeros.
 */

import type { Storage, StorageFile } from '../../src/storage/storage.ts'
import type { SeededRandom } from './random.ts'

export type FaultCall = 'append' | 'open' | 'remove' | 'rename' | 'sync' | 'syncFolder' | 'truncate'

/** An error that a test asked for. */
export class InjectedError extends Error {
  override readonly name = 'InjectedError'
}

/** What is on a disk under one name. */
class Inode {
  bytes = new Uint8Array(0)
  /** What a power failure leaves for sure. */
  synced = new Uint8Array(0)
  /** A sync has failed: the pages count as clean now, and no later sync writes them. */
  isLost = false
}

type Names = ReadonlyMap<string, Inode | Folder>

/** A folder, whatever its name is by now. */
class Folder {
  names: Names
  /** States since the last sync, oldest first; the first of them is durable. */
  history: Names[]

  constructor(names: Names = new Map(), history: Names[] = []) {
    this.names = names
    this.history = history
  }
}

export class FaultStorage implements Storage {
  readonly #folders = new Map<string, Folder>([['', new Folder()]])
  #callCount = 0
  #isDead = false
  #failing: ((call: FaultCall, number: number, path: string) => boolean) | undefined

  /** Calls so far, of those that can fail. */
  get callCount(): number {
    return this.#callCount
  }

  get isDead(): boolean {
    return this.#isDead
  }

  /** Makes every call fail for which `isFailing` says so; they are numbered from 1. */
  failWhen(isFailing: (call: FaultCall, number: number, path: string) => boolean): void {
    this.#failing = isFailing
  }

  /** Ends the process: who still uses this storage fails. The next one finds the page cache. */
  kill(): FaultStorage {
    this.#isDead = true
    const next = new FaultStorage()
    next.#folders.clear()
    for (const [path, folder] of this.#folders) next.#folders.set(path, folder)
    return next
  }

  /** Returns what a power failure may leave, as `random` has it. */
  powerFailure(random: SeededRandom): FaultStorage {
    this.#isDead = true
    const next = new FaultStorage()
    const inodes = new Map<Inode, Inode>()
    const survive = (path: string, { names, history }: Folder): Folder => {
      const survivor = random.pick([...history, names])
      const kept = new Map<string, Inode | Folder>()
      const folder = new Folder(kept, [kept])
      next.#folders.set(path, folder)
      for (const [name, entry] of survivor) {
        if (entry instanceof Folder) {
          kept.set(name, survive(path === '' ? name : `${path}/${name}`, entry))
        } else {
          const inode = inodes.get(entry) ?? damaged(entry, random)
          inodes.set(entry, inode)
          kept.set(name, inode)
        }
      }
      return folder
    }
    survive('', this.#folders.get('')!)
    return next
  }

  open(path: string): StorageFile {
    this.call('open', path)
    const { folder, name } = split(path)
    this.#createFolder(folder)
    let inode = this.#folders.get(folder)!.names.get(name)
    if (inode instanceof Folder) throw new Error(`'${path}' is a folder`)
    if (!inode) {
      inode = new Inode()
      this.#change(folder, (names) => names.set(name, inode as Inode))
    }
    return new FaultFile(this, path, inode)
  }

  list(folder: string): string[] {
    return [...(this.#folders.get(folder)?.names.keys() ?? [])].sort()
  }

  exists(path: string): boolean {
    const { folder, name } = split(path)
    return this.#folders.get(folder)?.names.has(name) ?? false
  }

  isFolder(path: string): boolean {
    const { folder, name } = split(path)
    return this.#folders.get(folder)?.names.get(name) instanceof Folder
  }

  rename(from: string, to: string): void {
    this.call('rename', from)
    const source = split(from)
    const target = split(to)
    const entry = this.#folders.get(source.folder)?.names.get(source.name)
    if (!entry || source.folder !== target.folder) throw new Error(`cannot rename '${from}'`)
    this.#change(source.folder, (names) => {
      names.delete(source.name)
      names.set(target.name, entry)
    })
    const moved = this.#folders.get(from)
    if (!(entry instanceof Folder) || !moved) return
    this.#folders.set(to, moved)
    this.#folders.delete(from)
  }

  remove(path: string): void {
    this.call('remove', path)
    if (!this.exists(path)) return
    const { folder, name } = split(path)
    // A folder goes file by file, and a power failure may come in between.
    for (const file of this.list(path)) this.#change(path, (names) => names.delete(file))
    this.#change(folder, (names) => names.delete(name))
    for (const below of this.#folders.keys()) {
      if (below === path || below.startsWith(`${path}/`)) this.#folders.delete(below)
    }
  }

  async syncFolder(path: string): Promise<void> {
    const folder = this.#folders.get(path)
    const names = folder?.names
    await Promise.resolve()
    this.call('syncFolder', path)
    if (!folder || !names) return
    const at = folder.history.indexOf(names)
    folder.history = at < 0 ? [names] : folder.history.slice(at)
  }

  close(): void {
    // There is no lock.
  }

  /** Counts a call, and lets it fail where a test asked for that. */
  call(call: FaultCall, path: string): void {
    if (this.#isDead) throw new InjectedError('the process has ended')
    this.#callCount++
    if (this.#failing?.(call, this.#callCount, path)) {
      throw new InjectedError(`${call} of '${path}' failed, call ${this.#callCount}`)
    }
  }

  #createFolder(path: string): void {
    if (this.#folders.has(path)) return
    const { folder, name } = split(path)
    const created = new Folder()
    this.#change(folder, (names) => names.set(name, created))
    this.#folders.set(path, created)
  }

  #change(path: string, change: (names: Map<string, Inode | Folder>) => void): void {
    const folder = this.#folders.get(path)!
    const names = new Map(folder.names)
    change(names)
    folder.history.push(folder.names)
    folder.names = names
  }
}

class FaultFile implements StorageFile {
  readonly #storage: FaultStorage
  readonly #path: string
  readonly #inode: Inode
  #isClosed = false

  constructor(storage: FaultStorage, path: string, inode: Inode) {
    this.#storage = storage
    this.#path = path
    this.#inode = inode
  }

  get sizeBytes(): number {
    return this.#inode.bytes.length
  }

  append(bytes: Uint8Array): number {
    this.#checkOpen()
    this.#storage.call('append', this.#path)
    const start = this.#inode.bytes.length
    const longer = new Uint8Array(start + bytes.length)
    longer.set(this.#inode.bytes)
    longer.set(bytes, start)
    this.#inode.bytes = longer
    return start
  }

  read(position: number, target: Uint8Array): number {
    this.#checkOpen()
    const part = this.#inode.bytes.subarray(position, position + target.length)
    target.set(part)
    return part.length
  }

  truncate(sizeBytes: number): void {
    this.#storage.call('truncate', this.#path)
    if (sizeBytes > this.sizeBytes) throw new RangeError('truncate() cannot make a file longer')
    this.#inode.bytes = this.#inode.bytes.slice(0, sizeBytes)
  }

  async sync(): Promise<void> {
    this.#checkOpen()
    const { bytes } = this.#inode
    await Promise.resolve()
    try {
      this.#storage.call('sync', this.#path)
    } catch (error) {
      // Only the disk's own failure says anything of the pages.
      if (!this.#storage.isDead) this.#inode.isLost = true
      throw error
    }
    if (!this.#inode.isLost) this.#inode.synced = bytes
  }

  close(): void {
    this.#isClosed = true
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new Error(`'${this.#path}' is closed`)
  }
}

/** Returns what a power failure leaves of a file. */
function damaged(inode: Inode, random: SeededRandom): Inode {
  const { bytes, synced } = inode
  const survivor = new Inode()
  const kept = new Uint8Array(bytes)
  const length = synced.length + random.below(Math.max(0, bytes.length - synced.length) + 1)
  const outcome = random.pick(['all', 'none', 'prefix', 'zeros'])
  if (outcome === 'all') survivor.bytes = kept
  else if (outcome === 'prefix') survivor.bytes = kept.slice(0, length)
  else if (outcome === 'zeros') survivor.bytes = kept.fill(0, length)
  else survivor.bytes = synced.slice()
  survivor.synced = survivor.bytes
  return survivor
}

function split(path: string): { folder: string; name: string } {
  const slash = path.lastIndexOf('/')
  return { folder: slash < 0 ? '' : path.slice(0, slash), name: path.slice(slash + 1) }
}
