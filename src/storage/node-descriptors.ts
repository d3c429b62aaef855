/**
 * The open descriptors of one storage, and which of them to close when there are many: those of
 * files that need no sync, least recently used first.
 */

import { openSync } from 'node:fs'

/** Descriptors of files that need no sync are closed beyond this number. */
const idleDescriptorsMax = 2048
/** How many idle descriptors are closed at once where the system allows no more. */
const freedDescriptors = 64
/** How many files are looked at to find one that can be closed. */
const looksMax = 16

/** A file whose descriptor may be closed, and is opened again on its next use. */
export interface DescribedFile {
  /** Whether the descriptor is needed by nobody just now. */
  readonly isIdle: boolean
  /** Set by use, and cleared here. */
  wasUsed: boolean
  closeDescriptor(): void
}

export class Descriptors {
  readonly #files = new Set<DescribedFile>()
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

  opened(file: DescribedFile): void {
    this.#files.add(file)
    if (this.#files.size > idleDescriptorsMax) this.#closeOne()
  }

  closed(file: DescribedFile): void {
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

function isOutOfDescriptors(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === 'EMFILE' || code === 'ENFILE'
}
