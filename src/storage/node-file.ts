/** A file of the local file system, whose descriptor is opened when it is used. */

import {
  closeSync,
  fdatasync,
  ftruncateSync,
  futimesSync,
  mkdirSync,
  readSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import type { DescribedFile, Descriptors } from './node-descriptors.ts'
import type { StorageFile } from './storage.ts'

/** Hears how long each sync of a file took, whether it failed or not. */
export type SyncListener = (durationMs: number) => void

export class NodeFile implements StorageFile, DescribedFile {
  #path: string
  readonly #descriptors: Descriptors
  #onClose: () => void
  readonly #onSync: SyncListener | undefined
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

  constructor(path: string, descriptors: Descriptors, onClose: () => void, onSync?: SyncListener) {
    this.#path = path
    this.#descriptors = descriptors
    this.#onClose = onClose
    this.#onSync = onSync
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

  setModified(timeMs: number): void {
    futimesSync(this.#open(), timeMs / 1000, timeMs / 1000)
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
    const startedMs = performance.now()
    return new Promise((resolve, reject) => {
      fdatasync(descriptor, (error) => {
        this.#syncsRunning--
        if (this.#isClosed) this.closeDescriptor()
        this.#onSync?.(performance.now() - startedMs)
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
