/**
 * When the indexes of a segment and a snapshot are written while it is still appended to. A start
 * after a crash then reads what came later, and not the whole segment.
 */

import type { Storage } from '../../storage/storage.ts'
import { snapshotPath } from '../log-state.ts'
import type { Segment } from '../segment/segment.ts'

/** Reading that much takes less time than writing the files is worth. */
const intervalBytes = 64 * 1024 * 1024

export class RecoveryFiles {
  readonly #storage: Storage
  #segment: Segment | undefined
  #offset = 0
  #sizeBytes = 0

  constructor(storage: Storage) {
    this.#storage = storage
  }

  /** Returns whether much was appended to `segment`, the last one, since the files were written. */
  isDue(segment: Segment): boolean {
    const from = segment === this.#segment ? this.#sizeBytes : 0
    return segment.sizeBytes - from >= intervalBytes
  }

  /** Notes that the files are there for `segment` up to `offset`, and removes the last snapshot. */
  written(segment: Segment, offset: number): void {
    const before = this.#segment
    // One where a segment begins is still needed.
    const isStray = before !== undefined && offset !== this.#offset && segment === before
    if (isStray) this.#storage.remove(snapshotPath(before, this.#offset))
    this.#segment = segment
    this.#offset = offset
    this.#sizeBytes = segment.sizeBytes
  }
}
