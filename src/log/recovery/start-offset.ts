/**
 * Where a log begins, once records were deleted from its front: a line of text with the offset and
 * the CRC-32C of its digits in hexadecimal. Kafka has one such file for all partitions, without a
 * checksum; here it moves and goes with its partition, and a wrong digit is no other offset.
 */

import { crc32c } from '../../record/crc32c.ts'
import type { Storage } from '../../storage/storage.ts'
import { readWholeFile, replaceFile } from '../../storage/whole-file.ts'
import { isDiskFull, LogError } from '../log-error.ts'
import { startOffsetFile } from '../log-files.ts'
import type { Segment } from '../segment/segment.ts'

/** Returns the offset in the file; `undefined` where it is damaged, 0 where there is none. */
export function readStartOffset(storage: Storage, folder: string): number | undefined {
  const bytes = readWholeFile(storage, `${folder}/${startOffsetFile}`)
  if (!bytes) return 0
  const text = new TextDecoder().decode(bytes)
  const offset = Number(/^(\d{1,16}) /.exec(text)?.[1])
  return text === lineOf(offset) ? offset : undefined
}

export interface LogStartPlace {
  readonly storage: Storage
  readonly folder: string
  /**
   * Puts the log on the disk: the names of files say where it ends, so that those that stay must be
   * there before others go.
   */
  readonly flush: () => Promise<void>
}

/** Where one log begins, how much of that its file says, and the segments that are to go for it. */
export class LogStart {
  #offset: number
  #savedOffset: number
  #detached: Segment[] = []

  constructor(offset: number) {
    this.#offset = offset
    this.#savedOffset = offset
  }

  get offset(): number {
    return this.#offset
  }

  /** Whether nothing is left to do for the offset; there is after a write has failed. */
  get isSettled(): boolean {
    return this.#savedOffset === this.#offset && this.#detached.length === 0
  }

  /** Moves on to `offset`; the segments before it are out of the log by now. */
  move(offset: number, detached: readonly Segment[]): void {
    this.#offset = offset
    this.#detached.push(...detached)
  }

  /**
   * Writes the offset down, then has the segments removed. Calls must wait for each other.
   *
   * @throws LogError where the disk does not take it: another call tries again
   */
  async save(
    { storage, folder, flush }: LogStartPlace,
    remove: (detached: readonly Segment[]) => Promise<void>,
  ): Promise<void> {
    const offset = this.#offset
    // Those only: what is detached during the flush may still have to be synced, and what is
    // during the write goes for an offset that is not written yet.
    const detached = [...this.#detached]
    await flush()
    try {
      if (offset > this.#savedOffset) await this.#write(storage, folder, offset)
      this.#savedOffset = offset
      if (detached.length > 0) await remove(detached)
      // Not before: old files that stay while younger ones go would leave a hole.
      this.#detached.splice(0, detached.length)
    } catch (cause) {
      const message = 'the start of the log could not be written'
      throw new LogError('KAFKA_STORAGE_ERROR', message, { maybeApplied: true, cause })
    }
  }

  async #write(storage: Storage, folder: string, offset: number): Promise<void> {
    try {
      await writeStartOffset(storage, folder, offset)
    } catch (error) {
      if (!isDiskFull(error) || this.#detached.length === 0) throw error
      // A full disk has no room for the file without which nothing may go. The indexes of what is
      // to go make some: should a crash come first, they are made again.
      for (const segment of this.#detached) segment.removeIndexes()
      await writeStartOffset(storage, folder, offset)
    }
  }
}

function writeStartOffset(storage: Storage, folder: string, offset: number): Promise<void> {
  const bytes = new TextEncoder().encode(lineOf(offset))
  return replaceFile(storage, `${folder}/${startOffsetFile}`, bytes)
}

function lineOf(offset: number): string {
  return `${offset} ${crc32c(new TextEncoder().encode(String(offset))).toString(16)}\n`
}
