/**
 * A local store in files: entries are added at the end, and an index outside of JavaScript's heap
 * knows where the newest of each key is. Once more than half of the entries are not the newest of
 * their keys, those that are in the first file are added anew, and the file goes.
 *
 * It is made for a log that has it all: it never waits for the disk. After a crash of the process
 * nothing is lost; after one of the machine what was not on disk yet is missing at the end, or the
 * store is found damaged, and is empty then.
 */

import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { EntryIndex } from './entry-index.ts'
import { hash, hashKey, type HashSecret } from './key-hash.ts'
import { LocalStoreError } from './local-store.ts'
import type { Checkpoint, LocalStore, TextEntry } from './local-store.ts'
import { addressOf, EntryFiles, type EntryFile } from './node-entry-files.ts'
import { entryHeaderBytes, fileHeaderBytes, FrameWriter } from './node-entry-frames.ts'
import type { EntryPlace } from './node-entry-frames.ts'
import { readIndex, saveIndex } from './node-index-file.ts'
import { frameBounds, noPlace, readFileHeader, readFrame, readPlace } from './node-entry-frames.ts'

export interface EntryLogOptions {
  readonly folder: string
  /** Used if the store is made: what keys are hashed with. */
  readonly secret: HashSecret
  /** A file that has so much is not added to. */
  readonly fileBytesMax?: number
  /** A store that has less is read as a whole when it is opened. */
  readonly indexedFromBytes?: number
  /** Is told why a store that was there is not used. */
  readonly onDamage?: (reason: string) => void
}

const defaultFileBytesMax = 16 * 1024 * 1024
const defaultIndexedFromBytes = 4 * 1024 * 1024
/** What is read of an entry at once: most have no more. */
const usualEntryBytes = 1024

export class EntryLog implements LocalStore {
  readonly #options: EntryLogOptions
  readonly #fileBytesMax: number
  #secret: HashSecret
  #files: EntryFiles
  #index = new EntryIndex()
  #checkpoint: Checkpoint | undefined
  #frameNumber = 0
  /** Of all files, also those that are not the newest of their keys. */
  #entryCount = 0
  /** Up to where the saved index tells of everything. */
  #savedFrameNumber = 0
  #isClosed = false
  /** What is thrown at whoever asks: an answer would be wrong. */
  #damage: LocalStoreError | undefined
  readonly #writer = new FrameWriter()
  readonly #place = noPlace()
  #keyBytes: Buffer = Buffer.allocUnsafe(1024)
  #entryBytes: Buffer = Buffer.allocUnsafe(usualEntryBytes)
  #fileBytes: Buffer = Buffer.alloc(0)

  constructor(options: EntryLogOptions) {
    this.#options = options
    this.#fileBytesMax = options.fileBytesMax ?? defaultFileBytesMax
    this.#secret = options.secret
    mkdirSync(options.folder, { recursive: true })
    this.#files = new EntryFiles(options.folder, this.#secret)
    this.#files.openAll()
    const damage = this.#load()
    this.#fileBytes = Buffer.alloc(0)
    if (damage === undefined) return
    options.onDamage?.(damage)
    this.clear()
  }

  get checkpoint(): Checkpoint | undefined {
    return this.#checkpoint
  }

  get size(): number {
    return this.#index.size
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  get(key: string): string | undefined {
    if (this.#damage) throw this.#damage
    if (this.#keyBytes.length < key.length * 3) this.#keyBytes = Buffer.allocUnsafe(key.length * 3)
    const keyLength = this.#keyBytes.write(key)
    hashKey(this.#secret, this.#keyBytes, 0, keyLength)
    const address = this.#index.get(hash.low, hash.high)
    if (address < 0) return undefined
    const bytes = this.#readEntry(address)
    const { keyStart, keyEnd, end } = this.#place
    if (this.#keyBytes.compare(bytes, keyStart, keyEnd, 0, keyLength) !== 0) {
      throw this.#damaged(`two keys have one hash: ${key}`)
    }
    return bytes.toString('utf8', keyEnd, end)
  }

  forEach(visit: (key: string, value: string) => void): void {
    for (const file of this.#files.all) {
      this.#eachEntry(file, (bytes, { start, keyStart, keyEnd, end }) => {
        hashKey(this.#secret, bytes, keyStart, keyEnd)
        if (this.#index.get(hash.low, hash.high) !== addressOf(file, start)) return
        visit(bytes.toString('utf8', keyStart, keyEnd), bytes.toString('utf8', keyEnd, end))
      })
    }
    this.#fileBytes = Buffer.alloc(0)
  }

  apply(entries: Iterable<TextEntry>, checkpoint: Checkpoint): void {
    if (this.#damage) throw this.#damage
    if (this.#isClosed) throw new LocalStoreError('the store is closed')
    for (const entry of entries) {
      this.#writer.add(entry)
      if (this.#writer.isFrameFull) this.#writer.end(++this.#frameNumber, this.#checkpoint)
    }
    this.#writer.end(++this.#frameNumber, checkpoint)
    const written = this.#writer.length
    this.#flush()
    this.#checkpoint = checkpoint
    this.#clean(written)
  }

  clear(): void {
    this.#files.close()
    for (const name of readdirSync(this.#options.folder)) {
      rmSync(join(this.#options.folder, name), { recursive: true })
    }
    this.#secret = this.#options.secret
    this.#files = new EntryFiles(this.#options.folder, this.#secret)
    this.#index.clear()
    this.#checkpoint = undefined
    this.#frameNumber = 0
    this.#savedFrameNumber = 0
    this.#entryCount = 0
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#saveIndex()
    this.#files.close()
    this.#index.clear()
  }

  /** Resolves once the files are gone that are not needed any more. */
  whenIdle(): Promise<void> {
    return this.#files.whenIdle()
  }

  /** Adds what the writer has to the last file. */
  #flush(): void {
    const file = this.#files.lastWithRoom(this.#fileBytesMax)
    const { bytes, length } = this.#writer
    const from = file.bytes
    this.#files.append(file, bytes, length)
    for (let start = 0; start < length;) {
      const frame = frameBounds(bytes, start)
      this.#take(file, bytes, { ...frame, shift: from })
      start = frame.end
    }
    this.#writer.clear()
  }

  /** Notes where the entries of a frame are; `shift` is what their places in the file are more. */
  #take(
    file: EntryFile,
    bytes: Buffer,
    { entriesStart, end, shift }: { entriesStart: number; end: number; shift: number },
  ): void {
    const place = this.#place
    for (let start = entriesStart; start < end; start = place.end) {
      readPlace(bytes, start, place)
      hashKey(this.#secret, bytes, place.keyStart, place.keyEnd)
      if (place.isRemoval) this.#index.delete(hash.low, hash.high)
      else this.#index.set(hash.low, hash.high, addressOf(file, start + shift))
      file.entryCount++
      this.#entryCount++
    }
  }

  /** Adds what is still needed of the first files anew, in measure with what was written. */
  #clean(written: number): void {
    for (let budget = written * 4; budget > 0;) {
      const { first } = this.#files
      const hasEnough = this.#files.count > 1 && this.#entryCount > 2 * this.#index.size
      if (!hasEnough || !first || first === this.#files.last) return
      budget -= first.bytes
      this.#eachEntry(first, (bytes, place) => {
        // A key that is removed needs no entry: no older file could have one that it hides.
        if (place.isRemoval) return
        hashKey(this.#secret, bytes, place.keyStart, place.keyEnd)
        if (this.#index.get(hash.low, hash.high) !== addressOf(first, place.start)) return
        this.#writer.copy(bytes, place)
        if (this.#writer.isFrameFull) this.#writer.end(++this.#frameNumber, this.#checkpoint)
      })
      this.#entryCount -= first.entryCount
      if (this.#writer.hasFrame) this.#writer.end(++this.#frameNumber, this.#checkpoint)
      if (this.#writer.length > 0) this.#flush()
      this.#files.retire(first)
    }
  }

  #eachEntry(file: EntryFile, visit: (bytes: Buffer, place: EntryPlace) => void): void {
    this.#fileBytes = this.#files.readAll(file, this.#fileBytes)
    const bytes = this.#fileBytes
    const place = noPlace()
    for (let start = fileHeaderBytes; start < file.bytes;) {
      const { entriesStart, end } = frameBounds(bytes, start)
      for (let at = entriesStart; at < end; at = place.end) {
        readPlace(bytes, at, place)
        visit(bytes, place)
      }
      start = end
    }
  }

  /** Reads the entry at `address`, and sets `#place` to where it is in the bytes. */
  #readEntry(address: number): Buffer {
    const read = this.#files.read(address, this.#entryBytes)
    if (read >= entryHeaderBytes) {
      readPlace(this.#entryBytes, 0, this.#place)
      const { end } = this.#place
      if (read >= end) return this.#entryBytes
      const whole = Buffer.allocUnsafe(end)
      if (this.#files.read(address, whole) === end) return whole
    }
    throw this.#damaged('a file has become shorter')
  }

  /** Sees to it that the store is empty when it is opened again. */
  #damaged(reason: string): LocalStoreError {
    this.clear()
    const message = `local state in ${this.#options.folder} is damaged: ${reason}`
    this.#damage = new LocalStoreError(message)
    return this.#damage
  }

  #saveIndex(): void {
    const files = [...this.#files.all].map(({ number, bytes, entryCount }) => {
      return { number, bytes, entryCount }
    })
    const sizeBytes = files.reduce((sum, { bytes }) => sum + bytes, 0)
    const { indexedFromBytes = defaultIndexedFromBytes } = this.#options
    const isSaved = this.#frameNumber === this.#savedFrameNumber
    if (files.length === 0 || isSaved || sizeBytes < indexedFromBytes) return
    this.#files.sync()
    const [secret, frameNumber] = [this.#secret, this.#frameNumber]
    const facts = { secret, frameNumber, checkpoint: this.#checkpoint ?? null, files }
    saveIndex(this.#options.folder, { index: this.#index, facts })
  }

  /**
   * Begins with the index that was saved, if it is of these files. Returns the file up to which it
   * tells of everything, and how much of that.
   */
  #loadIndex(): { readonly number: number; readonly bytes: number } | undefined {
    const saved = readIndex(this.#options.folder)
    const last = saved?.facts.files.at(-1)
    if (!saved || !last) return undefined
    const known = new Map(saved.facts.files.map((file) => [file.number, file]))
    // Of files that are gone all that is still needed was added to later ones.
    for (const file of this.#files.all) {
      if (file.bytes < (known.get(file.number)?.bytes ?? 0)) return undefined
    }
    const hasLast = [...this.#files.all].some(({ number }) => number === last.number)
    if (!hasLast) return undefined
    const { index, facts } = saved
    for (const file of this.#files.all) file.entryCount = known.get(file.number)?.entryCount ?? 0
    this.#entryCount = [...this.#files.all].reduce((sum, { entryCount }) => sum + entryCount, 0)
    this.#index = index
    this.#frameNumber = facts.frameNumber
    this.#savedFrameNumber = facts.frameNumber
    this.#checkpoint = facts.checkpoint ?? undefined
    this.#useSecret(facts.secret)
    return last
  }

  /** Returns why the files that are there are not to be used, if so. */
  #load(): string | undefined {
    const { last } = this.#files
    // One that was being made as the process ended.
    if (last && last.bytes < fileHeaderBytes) this.#files.discard(last)
    const indexed = this.#loadIndex()
    let isFirst = !indexed
    for (const file of this.#files.all) {
      if (indexed && file.number < indexed.number) continue
      const isIndexed = file.number === indexed?.number
      if (isIndexed && file.bytes === indexed?.bytes) continue
      this.#fileBytes = this.#files.readAll(file, this.#fileBytes)
      const bytes = this.#fileBytes
      const secret = readFileHeader(bytes.subarray(0, file.bytes))
      if (!secret) return `${file.path} does not begin as it should`
      if (isFirst) this.#useSecret(secret)
      const first = isIndexed ? indexed.bytes : fileHeaderBytes
      for (let start = first; start < file.bytes;) {
        const frame = readFrame(bytes, start, file.bytes)
        if (!frame) {
          if (file !== this.#files.last) return `${file.path} has a frame that is not whole`
          this.#files.truncate(file, start)
          break
        }
        const isNext = isFirst || frame.number === this.#frameNumber + 1
        if (!isNext) return `${file.path} does not follow the file before it`
        isFirst = false
        this.#frameNumber = frame.number
        this.#checkpoint = frame.checkpoint
        this.#take(file, bytes, { ...frame, shift: 0 })
        start = frame.end
      }
    }
    return undefined
  }

  #useSecret(secret: HashSecret): void {
    this.#secret = secret
    this.#files.useSecret(secret)
  }
}
