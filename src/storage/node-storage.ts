/**
 * Storage in a folder of the local file system.
 *
 * File descriptors are opened on first use, and those of files that need no sync are closed again,
 * least recently used first, so that thousands of old segments can be open at once.
 */

import {
  closeSync,
  existsSync,
  fdatasync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { lockFolder, type FolderLock } from './node-folder-lock.ts'
import { FileRemoval } from './node-removal.ts'
import type { Storage, StorageFile } from './storage.ts'

/** Descriptors of files that need no sync are closed beyond this number. */
const idleDescriptorsMax = 2048
/** How many idle descriptors are closed at once where the system allows no more. */
const freedDescriptors = 64
/** How many files are looked at to find one that can be closed. */
const looksMax = 16

export class NodeStorage implements Storage {
  readonly #root: string
  readonly #lock: FolderLock
  readonly #descriptors = new Descriptors()
  readonly #removal = new FileRemoval()
  readonly #folderSyncs = new Map<string, FolderSync>()
  /** Open files by path, so that a renamed file can be reopened under its new name. */
  readonly #files = new Map<string, NodeFile>()

  /** Creates `folder` where missing. @throws FolderLockedError where another broker uses it */
  constructor(folder: string) {
    this.#root = resolve(folder)
    const created = mkdirSync(this.#root, { recursive: true })
    if (created !== undefined) syncFolderNow(dirname(created))
    this.#lock = lockFolder(this.#root)
  }

  open(path: string): StorageFile {
    const file = new NodeFile(this.#at(path), this.#descriptors, () => this.#files.delete(path))
    this.#files.set(path, file)
    return file
  }

  list(folder: string): string[] {
    try {
      return readdirSync(this.#at(folder)).sort(byCodePoint)
    } catch (error) {
      if (isMissing(error)) return []
      throw error
    }
  }

  exists(path: string): boolean {
    return existsSync(this.#at(path))
  }

  rename(from: string, to: string): void {
    renameSync(this.#at(from), this.#at(to))
    const file = this.#files.get(from)
    if (!file) return
    this.#files.delete(from)
    this.#files.set(to, file)
    file.moved(this.#at(to), () => this.#files.delete(to))
  }

  remove(path: string): void {
    this.#removal.remove(this.#at(path))
  }

  /** Resolves once the space of what was removed is free. */
  whenRemoved(): Promise<void> {
    return this.#removal.whenIdle()
  }

  /** Requests that arrive while a sync of the folder runs share the next one. */
  syncFolder(folder: string): Promise<void> {
    let sync = this.#folderSyncs.get(folder)
    if (!sync) {
      sync = new FolderSync(this.#at(folder), () => this.#folderSyncs.delete(folder))
      this.#folderSyncs.set(folder, sync)
    }
    return sync.request()
  }

  close(): void {
    this.#lock.release()
  }

  #at(path: string): string {
    return join(this.#root, path)
  }
}

class NodeFile implements StorageFile {
  #path: string
  readonly #descriptors: Descriptors
  #onClose: () => void
  #descriptor: number | undefined
  // Kept here, not asked of the file system, so that `append` knows its position without a stat.
  #sizeBytes: number
  #syncsRunning = 0
  #isClosed = false
  /** Why nothing more can be appended: bytes of a failed append could not be taken away again. */
  #damage: unknown
  /** Appended bytes that no finished sync covers; such a descriptor is never closed meanwhile. */
  isDirty = false
  /** Set by use and cleared by `Descriptors`, which closes those that were not used since. */
  wasUsed = true

  constructor(path: string, descriptors: Descriptors, onClose: () => void) {
    this.#path = path
    this.#descriptors = descriptors
    this.#onClose = onClose
    const stat = statSync(path, { throwIfNoEntry: false })
    if (stat) {
      this.#sizeBytes = stat.size
    } else {
      mkdirSync(dirname(path), { recursive: true })
      this.#descriptor = descriptors.open(path, 'wx+')
      descriptors.opened(this)
      this.#sizeBytes = 0
    }
  }

  get sizeBytes(): number {
    return this.#sizeBytes
  }

  get modifiedMs(): number {
    return statSync(this.#path).mtimeMs
  }

  get isIdle(): boolean {
    return !this.isDirty && this.#syncsRunning === 0
  }

  append(bytes: Uint8Array): number {
    if (this.#damage !== undefined) throw this.#damage
    const descriptor = this.#open()
    const start = this.#sizeBytes
    this.isDirty = true
    let written = 0
    try {
      while (written < bytes.length) {
        written += writeSync(descriptor, bytes, written, bytes.length - written, start + written)
      }
    } catch (error) {
      this.#takeBack(descriptor, error)
      throw error
    }
    this.#sizeBytes = start + written
    return start
  }

  read(position: number, target: Uint8Array): number {
    const descriptor = this.#open()
    let filled = 0
    while (filled < target.length) {
      const count = readSync(descriptor, target, filled, target.length - filled, position + filled)
      if (count === 0) break
      filled += count
    }
    return filled
  }

  truncate(sizeBytes: number): void {
    if (sizeBytes > this.#sizeBytes) throw new RangeError(`truncate() cannot make a file longer`)
    this.isDirty = true
    ftruncateSync(this.#open(), sizeBytes)
    this.#sizeBytes = sizeBytes
  }

  sync(): Promise<void> {
    const descriptor = this.#open()
    const sizeBytes = this.#sizeBytes
    this.#syncsRunning++
    return new Promise((resolve, reject) => {
      fdatasync(descriptor, (error) => {
        this.#syncsRunning--
        if (this.#isClosed) this.closeDescriptor()
        if (error) return reject(error)
        if (this.#sizeBytes === sizeBytes) this.isDirty = false
        resolve()
      })
    })
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#onClose()
    this.closeDescriptor()
  }

  moved(path: string, onClose: () => void): void {
    this.#path = path
    this.#onClose = onClose
  }

  /** Closes the descriptor, unless a sync still needs it: that one closes it when done. */
  closeDescriptor(): void {
    if (this.#descriptor === undefined || this.#syncsRunning > 0) return
    closeSync(this.#descriptor)
    this.#descriptor = undefined
    this.#descriptors.closed(this)
  }

  #open(): number {
    this.wasUsed = true
    if (this.#descriptor !== undefined) return this.#descriptor
    if (this.#isClosed) throw new Error(`'${this.#path}' is closed`)
    // Not 'a+', with which Linux ignores the positions that are given; and nothing is created.
    this.#descriptor = this.#descriptors.open(this.#path, 'r+')
    this.#descriptors.opened(this)
    return this.#descriptor
  }

  #takeBack(descriptor: number, cause: unknown): void {
    try {
      ftruncateSync(descriptor, this.#sizeBytes)
    } catch (error) {
      const message = `'${this.#path}' has bytes of a failed write at its end: ${String(error)}`
      this.#damage = new Error(message, { cause })
    }
  }
}

/** The open descriptors of one storage, and which of them to close when there are many. */
class Descriptors {
  readonly #files = new Set<NodeFile>()
  /** Goes round all files. Beginning at the first each time would pass all that were closed. */
  #hand = this.#files.values()

  /** Opens a file, and makes room where the system allows no more of them. */
  open(path: string, flags: 'r+' | 'wx+'): number {
    try {
      return openSync(path, flags)
    } catch (error) {
      if (!isOutOfDescriptors(error)) throw error
      const idle = [...this.#files].filter((file) => file.isIdle).slice(0, freedDescriptors)
      if (idle.length === 0) throw error
      for (const file of idle) file.closeDescriptor()
      return openSync(path, flags)
    }
  }

  opened(file: NodeFile): void {
    this.#files.add(file)
    if (this.#files.size > idleDescriptorsMax) this.#closeOne()
  }

  closed(file: NodeFile): void {
    this.#files.delete(file)
  }

  /**
   * Closes the next idle file that was not used since the last look at it; one that was is spared
   * this time. Where there is none among the next few, the next file that is opened looks on.
   */
  #closeOne(): void {
    for (let looks = looksMax; looks > 0; looks--) {
      let next = this.#hand.next()
      if (next.done) {
        this.#hand = this.#files.values()
        next = this.#hand.next()
      }
      if (next.done) return
      const file = next.value
      if (file.isIdle && !file.wasUsed) return file.closeDescriptor()
      file.wasUsed = false
    }
  }
}

class FolderSync {
  readonly #path: string
  readonly #onIdle: () => void
  #running: Promise<void> | undefined
  #next: Promise<void> | undefined

  constructor(path: string, onIdle: () => void) {
    this.#path = path
    this.#onIdle = onIdle
  }

  /** Resolves once a sync that began after this call has ended. */
  request(): Promise<void> {
    if (!this.#running) return this.#start()
    const start = (): Promise<void> => this.#start()
    this.#next ??= this.#running.then(start, start)
    return this.#next
  }

  #start(): Promise<void> {
    this.#next = undefined
    this.#running = syncFolderAt(this.#path).finally(() => {
      if (this.#next) return
      this.#running = undefined
      this.#onIdle()
    })
    return this.#running
  }
}

/** Windows has no way to sync a folder, and its file systems log such changes in order. */
const canSyncFolders = process.platform !== 'win32'

async function syncFolderAt(path: string): Promise<void> {
  if (!canSyncFolders) return
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function syncFolderNow(path: string): void {
  if (!canSyncFolders) return
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function isOutOfDescriptors(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === 'EMFILE' || code === 'ENFILE'
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT'
}

function byCodePoint(left: string, right: string): number {
  return left < right ? -1 : 1
}
