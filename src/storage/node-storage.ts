/**
 * Storage in a folder of the local file system.
 *
 * File descriptors are opened on first use, and closed again where nobody needs them, so that
 * thousands of old segments can be open at once.
 */

import { existsSync, mkdirSync, readdirSync, renameSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { Descriptors } from './node-descriptors.ts'
import { NodeFile, type SyncListener } from './node-file.ts'
import { lockFolder, type FolderLock } from './node-folder-lock.ts'
import { FolderSync, syncFolderNow } from './node-folder-sync.ts'
import { FileRemoval } from './node-removal.ts'
import type { Storage, StorageFile } from './storage.ts'

export class NodeStorage implements Storage {
  readonly #root: string
  readonly #lock: FolderLock
  readonly #descriptors = new Descriptors()
  readonly #removal = new FileRemoval()
  readonly #folderSyncs = new Map<string, FolderSync>()
  /** Open files by path, so that a renamed file can be reopened under its new name. */
  readonly #files = new Map<string, NodeFile>()
  readonly #onSync: SyncListener | undefined

  /** Creates `folder` where missing. @throws FolderLockedError where another broker uses it */
  constructor(folder: string, onSync?: SyncListener) {
    this.#root = resolve(folder)
    this.#onSync = onSync
    const created = mkdirSync(this.#root, { recursive: true })
    if (created !== undefined) syncFolderNow(dirname(created))
    this.#lock = lockFolder(this.#root)
  }

  open(path: string): StorageFile {
    const onClose = (): void => void this.#files.delete(path)
    const file = new NodeFile(this.#at(path), this.#descriptors, onClose, this.#onSync)
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

  isFolder(path: string): boolean {
    return statSync(this.#at(path), { throwIfNoEntry: false })?.isDirectory() ?? false
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

  removeInTurn(path: string): Promise<void> {
    return this.#removal.removeInTurn(this.#at(path))
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
    this.#removal.stop()
    this.#lock.release()
  }

  #at(path: string): string {
    return join(this.#root, path)
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT'
}

function byCodePoint(left: string, right: string): number {
  return left < right ? -1 : 1
}
