/** The files of a local store, in order: bytes are added to the last, and the first are removed. */

import {
  closeSync,
  constants,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { fileHeader } from './node-entry-frames.ts'
import type { HashSecret } from './key-hash.ts'

const sync = promisify(fdatasync)
const namePattern = /^entries-(\d{8})\.log$/
/** An address is the number of a file times this, and the place in that file. */
const fileSpan = 2 ** 32

export interface EntryFile {
  readonly number: number
  readonly path: string
  readonly descriptor: number
  bytes: number
  /** Entries in it, also those that are not the newest of their keys. */
  entryCount: number
  /** How much of it is on disk for sure. */
  syncedBytes: number
}

export function addressOf({ number }: EntryFile, position: number): number {
  return number * fileSpan + position
}

export class EntryFiles {
  readonly #folder: string
  #secret: HashSecret
  #files = new Map<number, EntryFile>()
  #last: EntryFile | undefined
  /** Syncs and removals, one after the other: after a crash those that are there follow on. */
  #work: Promise<unknown> = Promise.resolve()
  #isClosed = false

  constructor(folder: string, secret: HashSecret) {
    this.#folder = folder
    this.#secret = secret
  }

  get all(): Iterable<EntryFile> {
    return this.#files.values()
  }

  get count(): number {
    return this.#files.size
  }

  get first(): EntryFile | undefined {
    for (const file of this.#files.values()) return file
    return undefined
  }

  get last(): EntryFile | undefined {
    return this.#last
  }

  /** The secret of the files that are there, and of those to come. */
  useSecret(secret: HashSecret): void {
    this.#secret = secret
  }

  /** Opens the files that are there. */
  openAll(): void {
    const names = readdirSync(this.#folder).filter((name) => namePattern.test(name))
    for (const name of names.toSorted()) this.#open(Number(namePattern.exec(name)![1]))
  }

  /** Returns the file that a number of bytes may be added to, a new one if the last is full. */
  lastWithRoom(fileBytesMax: number): EntryFile {
    if (this.#last && this.#last.bytes < fileBytesMax) return this.#last
    if (this.#last) this.#syncBehind(this.#last)
    const file = this.#open((this.#last?.number ?? 0) + 1)
    const header = fileHeader(this.#secret)
    this.append(file, header, header.length)
    return file
  }

  append(file: EntryFile, bytes: Buffer, length: number): void {
    for (let written = 0; written < length;) {
      const position = file.bytes + written
      written += writeSync(file.descriptor, bytes, written, length - written, position)
    }
    file.bytes += length
  }

  /** Reads at an address as much of `into` as there is. Returns how much. */
  read(address: number, into: Buffer): number {
    const number = Math.floor(address / fileSpan)
    const position = address - number * fileSpan
    const file = this.#files.get(number)
    return file ? readSync(file.descriptor, into, 0, into.length, position) : 0
  }

  /** Reads the whole of a file into `into`, or into something larger, which it returns. */
  readAll({ descriptor, bytes }: EntryFile, into: Buffer): Buffer {
    const target = into.length < bytes ? Buffer.allocUnsafe(bytes) : into
    for (let read = 0; read < bytes;) {
      const count = readSync(descriptor, target, read, bytes - read, read)
      if (count === 0) throw new RangeError('a file of the state has become shorter')
      read += count
    }
    return target
  }

  /** Cuts off what is behind `bytes` of a file. */
  truncate(file: EntryFile, bytes: number): void {
    ftruncateSync(file.descriptor, bytes)
    file.bytes = bytes
  }

  /** Sees to it that all is on disk. */
  sync(): void {
    for (const file of this.#files.values()) {
      if (file.syncedBytes < file.bytes) fdatasyncSync(file.descriptor)
      file.syncedBytes = file.bytes
    }
  }

  /** Sees to it that a file will be on disk that is not added to any more. */
  #syncBehind(file: EntryFile): void {
    this.#work = this.#work
      .then(() => (this.#isClosed ? undefined : sync(file.descriptor)))
      .then(() => void (file.syncedBytes = file.bytes))
      .catch(ignoreAsItIsDoneLater)
  }

  /** Removes a file once what was written to others before is on disk. */
  retire(file: EntryFile): void {
    this.#files.delete(file.number)
    if (this.#last === file) this.#last = undefined
    const last = this.#last
    this.#work = this.#work
      .then(() => (last && !this.#isClosed ? sync(last.descriptor) : undefined))
      .then(() => {
        closeSync(file.descriptor)
        if (!this.#isClosed) rmSync(file.path, { force: true })
      })
      .catch(ignoreAsItIsDoneLater)
  }

  /** Resolves once the files are gone that were to be removed. */
  async whenIdle(): Promise<void> {
    await this.#work
  }

  /** Removes a file that has nothing in it. */
  discard(file: EntryFile): void {
    this.#files.delete(file.number)
    closeSync(file.descriptor)
    rmSync(file.path, { force: true })
    this.#last = [...this.#files.values()].at(-1)
  }

  close(): void {
    this.#isClosed = true
    const descriptors = [...this.#files.values()].map(({ descriptor }) => descriptor)
    this.#files.clear()
    this.#last = undefined
    // One of them may be being synced.
    void this.#work.then(() => descriptors.forEach((descriptor) => closeSync(descriptor)))
  }

  #open(number: number): EntryFile {
    const path = join(this.#folder, `entries-${String(number).padStart(8, '0')}.log`)
    const descriptor = openSync(path, constants.O_RDWR | constants.O_CREAT)
    const opened = { number, path, descriptor, bytes: fstatSync(descriptor).size }
    const file = { ...opened, entryCount: 0, syncedBytes: 0 }
    this.#files.set(number, file)
    this.#last = file
    return file
  }
}

/**
 * A file that stays has only what is in later files as well, and the next cleaning finds it again;
 * one that could not be synced is synced before an index tells of it.
 */
function ignoreAsItIsDoneLater(): void {}
