/**
 * A process's way to the simulated disk: calls that can fail, syncs that take time, and nothing any
 * more once the process has ended.
 */

import type { Clock } from '../../src/runtime/runtime.ts'
import type { Storage, StorageFile } from '../../src/storage/storage.ts'
import { FileNode, FolderNode } from './sim-disk.ts'
import type { Trace } from './trace.ts'

export type DiskCall =
  | 'append'
  | 'create'
  | 'open'
  | 'read'
  | 'remove'
  | 'rename'
  | 'sync'
  | 'syncFolder'
  | 'truncate'

/** What the simulation makes of a call. */
export interface DiskFaults {
  /** Returns the error that `call` fails with, if it is to fail. */
  readonly failure: (call: DiskCall, path: string) => Error | undefined
  /** How long a sync takes, in milliseconds. */
  readonly syncMs: () => number
}

/** An error that the simulation made. */
export class InjectedError extends Error {
  override readonly name = 'InjectedError'
  readonly code: string

  constructor(code: string, message: string) {
    super(`${code}: ${message}`)
    this.code = code
  }
}

export interface SimStorageOptions {
  readonly root: FolderNode
  readonly clock: Clock
  readonly trace: Trace
  readonly faults: DiskFaults
}

export class SimStorage implements Storage {
  readonly #options: SimStorageOptions
  #isEnded = false

  constructor(options: SimStorageOptions) {
    this.#options = options
  }

  /** The process has ended: whoever still calls is a mistake of the simulation. */
  end(): void {
    this.#isEnded = true
  }

  open(path: string): StorageFile {
    const { folder, name } = split(path)
    let node = this.#folder(folder)?.names.get(name)
    this.call(node ? 'open' : 'create', path)
    if (node instanceof FolderNode) throw new Error(`'${path}' is a folder`)
    if (!node) {
      const created = new FileNode()
      this.#createFolder(folder).change((names) => names.set(name, created))
      node = created
    }
    return new SimFile(this, path, node)
  }

  list(folder: string): string[] {
    this.#checkAlive()
    return [...(this.#folder(folder)?.names.keys() ?? [])].sort()
  }

  exists(path: string): boolean {
    this.#checkAlive()
    if (path === '') return true
    const { folder, name } = split(path)
    return this.#folder(folder)?.names.has(name) ?? false
  }

  isFolder(path: string): boolean {
    this.#checkAlive()
    return this.#folder(path) !== undefined
  }

  rename(from: string, to: string): void {
    this.call('rename', `${from} → ${to}`)
    const source = split(from)
    const target = split(to)
    const folder = this.#folder(source.folder)
    const node = folder?.names.get(source.name)
    if (!folder || !node) throw new Error(`'${from}' does not exist`)
    if (source.folder !== target.folder) throw new Error('renames stay in their folder')
    folder.change((names) => {
      names.delete(source.name)
      names.set(target.name, node)
    })
  }

  remove(path: string): void {
    this.call('remove', path)
    const { folder, name } = split(path)
    const parent = this.#folder(folder)
    const node = parent?.names.get(name)
    if (!parent || !node) return
    if (node instanceof FolderNode) empty(node)
    parent.change((names) => names.delete(name))
  }

  async syncFolder(path: string): Promise<void> {
    this.#checkAlive()
    const folder = this.#folder(path)
    const end = folder?.beginSync()
    await this.wait()
    this.call('syncFolder', path)
    end?.()
  }

  close(): void {
    this.#options.trace.note('close storage')
  }

  /** Notes a call, and lets it fail where that is planned. */
  call(call: DiskCall, path: string): void {
    this.#checkAlive()
    this.#options.trace.note(`${call} ${path}`)
    const failure = this.#options.faults.failure(call, path)
    if (failure) {
      this.#options.trace.note(failure.message)
      throw failure
    }
  }

  wait(): Promise<void> {
    const { clock, faults } = this.#options
    return new Promise((resolve) => void clock.after(faults.syncMs(), resolve))
  }

  noteBytes(what: string, bytes: Uint8Array): void {
    this.#options.trace.bytes(what, bytes)
  }

  #checkAlive(): void {
    if (this.#isEnded) throw new InjectedError('EIO', 'the process has ended')
  }

  #folder(path: string): FolderNode | undefined {
    return folderAt(this.#options.root, path)
  }

  #createFolder(path: string): FolderNode {
    const known = this.#folder(path)
    if (known) return known
    const { folder, name } = split(path)
    const created = new FolderNode()
    this.#createFolder(folder).change((names) => names.set(name, created))
    return created
  }
}

/** Returns a folder by its path, if there is one. */
function folderAt(root: FolderNode, path: string): FolderNode | undefined {
  let folder = root
  if (path === '') return folder
  for (const name of path.split('/')) {
    const next = folder.names.get(name)
    if (!(next instanceof FolderNode)) return undefined
    folder = next
  }
  return folder
}

function empty(folder: FolderNode): void {
  for (const [name, node] of folder.names) {
    if (node instanceof FolderNode) empty(node)
    folder.change((names) => names.delete(name))
  }
}

function split(path: string): { folder: string; name: string } {
  const slash = path.lastIndexOf('/')
  return { folder: slash < 0 ? '' : path.slice(0, slash), name: path.slice(slash + 1) }
}

class SimFile implements StorageFile {
  readonly #storage: SimStorage
  readonly #path: string
  readonly #node: FileNode
  #isClosed = false

  constructor(storage: SimStorage, path: string, node: FileNode) {
    this.#storage = storage
    this.#path = path
    this.#node = node
  }

  get sizeBytes(): number {
    return this.#node.cached.sizeBytes
  }

  append(bytes: Uint8Array): number {
    this.#call('append')
    this.#storage.noteBytes('bytes', bytes)
    return this.#node.append(bytes)
  }

  read(position: number, target: Uint8Array): number {
    this.#call('read')
    const part = this.#node.cached.bytes.subarray(position, position + target.length)
    target.set(part)
    return part.length
  }

  truncate(sizeBytes: number): void {
    this.#call('truncate')
    if (sizeBytes > this.sizeBytes) throw new RangeError('truncate() cannot make a file longer')
    this.#node.truncate(sizeBytes)
  }

  async sync(): Promise<void> {
    this.#checkOpen()
    const end = this.#node.beginSync()
    await this.#storage.wait()
    try {
      this.#storage.call('sync', this.#path)
    } catch (error) {
      end('failed')
      throw error
    }
    end('done')
  }

  close(): void {
    this.#isClosed = true
  }

  #call(call: DiskCall): void {
    this.#storage.call(call, this.#path)
    this.#checkOpen()
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new Error(`'${this.#path}' is closed`)
  }
}
