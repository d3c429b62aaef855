/**
 * Removes files without holding up the event loop: freeing a gigabyte takes ext4 a fifth of a
 * second. The name of a large file goes at once; its space is freed behind that, a piece at a time,
 * so that the syncs of other files come in between.
 */

import { close, ftruncate, fstatSync, openSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { promisify } from 'node:util'

const largeBytes = 16 * 1024 * 1024
const pieceBytes = 32 * 1024 * 1024
const truncateFile = promisify(ftruncate)
const closeFile = promisify(close)

export class FileRemoval {
  /** Space is freed of one file after the other. It never rejects. */
  #last = Promise.resolve()
  /** Settles when the folder is gone that is to go last. It never rejects. */
  #turn = Promise.resolve()
  #isStopped = false

  /** Removes a file, or a folder with all that is in it. Does nothing where it does not exist. */
  remove(path: string): void {
    const descriptors = largeFilesIn(path).flatMap(openIfAny)
    try {
      rmSync(path, { recursive: true, force: true })
    } finally {
      // Also where names could not be removed: such a file must not lose its bytes.
      for (const descriptor of descriptors) {
        this.#last = this.#last.then(() => free(descriptor)).catch(ignoreAsSystemFreesIt)
      }
    }
  }

  /**
   * Removes one folder for each turn of the event loop: it can take milliseconds, and a topic that
   * is deleted may have thousands. What has not had its turn when this is stopped stays.
   */
  removeInTurn(path: string): Promise<void> {
    const removed = this.#turn.then(setImmediate).then(() => {
      if (!this.#isStopped) this.remove(path)
    })
    this.#turn = removed.catch(ignoreAsCallerIsTold)
    return removed
  }

  /** Leaves the rest of what is to be removed in turn: somebody else may have the folder. */
  stop(): void {
    this.#isStopped = true
  }

  /** Resolves once the space of what was removed is free. */
  whenIdle(): Promise<void> {
    return this.#last
  }
}

/** Returns the large files at `path`, or in the folder that it is. */
function largeFilesIn(path: string): string[] {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (!stat) return []
  if (stat.isDirectory()) return readdirSync(path).flatMap((name) => largeFilesIn(join(path, name)))
  return stat.isFile() && stat.size >= largeBytes ? [path] : []
}

/** Without a descriptor, as where there are too many, the file is freed as its name is removed. */
function openIfAny(path: string): number[] {
  try {
    return [openSync(path, 'r+')]
  } catch {
    return []
  }
}

async function free(descriptor: number): Promise<void> {
  try {
    const { nlink, size } = fstatSync(descriptor)
    if (nlink > 0) return
    for (let left = size - pieceBytes; left > 0; left -= pieceBytes) {
      await truncateFile(descriptor, left)
    }
  } finally {
    await closeFile(descriptor)
  }
}

function ignoreAsCallerIsTold(): void {}

/** Once the descriptor is closed, if only with the process, the system frees what is left. */
function ignoreAsSystemFreesIt(): void {}
