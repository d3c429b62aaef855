/**
 * A storage as the owner of one folder sees it. Once the owner has left, it can touch nothing there
 * any more: the folder may have been made again, for somebody else.
 *
 * Without that, a partition that is deleted while a sync of it runs would go on when the sync is
 * done, and rename files of the partition that has its name by then.
 */

import { removeInTurn, type Storage, type StorageFile } from './storage.ts'

/** The folder is not ours any more. */
export class LeftFolderError extends Error {
  override readonly name = 'LeftFolderError'

  constructor(path: string) {
    super(`${path} belongs to somebody else by now`)
  }
}

export class FolderStorage implements Storage {
  readonly #storage: Storage
  readonly #prefix: string
  #hasLeft = false

  constructor(storage: Storage, folder: string) {
    this.#storage = storage
    this.#prefix = `${folder}/`
  }

  /** From now on calls for files of the folder throw a LeftFolderError. */
  leave(): void {
    this.#hasLeft = true
  }

  open(path: string): StorageFile {
    return this.#storage.open(this.#ours(path))
  }

  list(folder: string): string[] {
    return this.#storage.list(folder)
  }

  exists(path: string): boolean {
    return this.#storage.exists(path)
  }

  isFolder(path: string): boolean {
    return this.#storage.isFolder(path)
  }

  rename(from: string, to: string): void {
    this.#storage.rename(this.#ours(from), this.#ours(to))
  }

  remove(path: string): void {
    this.#storage.remove(this.#ours(path))
  }

  async removeInTurn(path: string): Promise<void> {
    await removeInTurn(this.#storage, this.#ours(path))
  }

  syncFolder(folder: string): Promise<void> {
    return this.#storage.syncFolder(folder)
  }

  close(): void {
    this.#storage.close()
  }

  #ours(path: string): string {
    if (this.#hasLeft && path.startsWith(this.#prefix)) throw new LeftFolderError(path)
    return path
  }
}
