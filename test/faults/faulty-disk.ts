/**
 * A disk of which any call can fail, reads and listings too. Every call is counted, so that a test
 * can let the n-th fail, or all from it on. What a power cut leaves is `FaultStorage`'s to say.
 */

import type { Storage, StorageFile } from '../../src/storage/storage.ts'
import { FaultStorage } from '../support/fault-storage.ts'
import type { SeededRandom } from '../support/random.ts'

export type DiskCall =
  | 'append'
  | 'exists'
  | 'list'
  | 'open'
  | 'read'
  | 'remove'
  | 'rename'
  | 'sync'
  | 'syncFolder'
  | 'truncate'

/** Which calls fail, by their numbers from 1 on. */
export type IsFailing = (number: number, call: DiskCall) => boolean

export type FaultCode = 'EIO' | 'ENOSPC'

/** What the system says of a call that a test wants to fail, as Node has it. */
export class DiskError extends Error {
  override readonly name = 'DiskError'
  readonly code: FaultCode

  constructor(code: FaultCode, what: string) {
    super(`${code}: ${what}`)
    this.code = code
  }
}

export class FaultyDisk implements Storage {
  readonly #disk: FaultStorage
  #callCount = 0
  #isFailing: IsFailing = () => false
  #code: FaultCode = 'EIO'
  /** What failed, in order. */
  readonly failed: string[] = []
  /** Files and folders of which the next sync is to fail. */
  readonly #doomed = new Set<string>()

  constructor(disk = new FaultStorage()) {
    this.#disk = disk
    disk.failWhen((call, _, path) => call.startsWith('sync') && this.#doomed.delete(path))
  }

  get callCount(): number {
    return this.#callCount
  }

  failWhen(isFailing: IsFailing, code: FaultCode = 'EIO'): void {
    this.#isFailing = isFailing
    this.#code = code
  }

  /** What a power cut leaves, and then what the end of the process alone does. Ends this one. */
  crash(random: SeededRandom): {
    readonly afterPowerCut: FaultyDisk
    readonly afterKill: FaultyDisk
  } {
    const afterPowerCut = new FaultyDisk(this.#disk.powerFailure(random))
    return { afterPowerCut, afterKill: new FaultyDisk(this.#disk.kill()) }
  }

  open(path: string): StorageFile {
    this.check('open', path)
    return new FaultyFile(this, path, this.#disk.open(path))
  }

  list(folder: string): string[] {
    this.check('list', folder)
    return this.#disk.list(folder)
  }

  exists(path: string): boolean {
    return this.#disk.exists(path)
  }

  isFolder(path: string): boolean {
    return this.#disk.isFolder(path)
  }

  rename(from: string, to: string): void {
    this.check('rename', from)
    this.#disk.rename(from, to)
  }

  remove(path: string): void {
    this.check('remove', path)
    this.#disk.remove(path)
  }

  syncFolder(folder: string): Promise<void> {
    if (this.isDue('syncFolder', folder)) this.#doomed.add(folder)
    return this.#disk.syncFolder(folder)
  }

  close(): void {
    this.#disk.close()
  }

  /** Counts a call. @throws DiskError where it is to fail */
  check(call: DiskCall, path: string): void {
    if (this.isDue(call, path)) throw new DiskError(this.#code, `${call} '${path}'`)
  }

  /** Counts a call, and returns whether it is to fail. */
  isDue(call: DiskCall, path: string): boolean {
    this.#callCount++
    if (!this.#isFailing(this.#callCount, call)) return false
    this.failed.push(`${call} ${path}`)
    return true
  }

  /** Has the next sync of a file fail, and with it what the disk knows of that file. */
  doom(path: string): void {
    this.#doomed.add(path)
  }

  get code(): FaultCode {
    return this.#code
  }
}

class FaultyFile implements StorageFile {
  readonly #disk: FaultyDisk
  readonly #path: string
  readonly #file: StorageFile

  constructor(disk: FaultyDisk, path: string, file: StorageFile) {
    this.#disk = disk
    this.#path = path
    this.#file = file
  }

  get sizeBytes(): number {
    return this.#file.sizeBytes
  }

  append(bytes: Uint8Array): number {
    this.#disk.check('append', this.#path)
    return this.#file.append(bytes)
  }

  read(position: number, target: Uint8Array): number {
    this.#disk.check('read', this.#path)
    return this.#file.read(position, target)
  }

  truncate(sizeBytes: number): void {
    this.#disk.check('truncate', this.#path)
    this.#file.truncate(sizeBytes)
  }

  sync(): Promise<void> {
    // The inner file has the name that it was opened with, whatever it was renamed to.
    if (this.#disk.isDue('sync', this.#path)) this.#disk.doom(this.#path)
    return this.#file.sync()
  }

  close(): void {
    this.#file.close()
  }
}
