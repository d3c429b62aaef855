/** Syncs of a folder, so that the names in it survive a power cut. */

import { closeSync, fsyncSync, openSync } from 'node:fs'
import { open } from 'node:fs/promises'

/** Those who ask while a sync runs share the next one. */
export class FolderSync {
  readonly #path: string
  readonly #onIdle: () => void
  #running: Promise<void> | undefined
  #next: Promise<void> | undefined

  constructor(path: string, onIdle: () => void) {
    this.#path = path
    this.#onIdle = onIdle
  }

  /** Resolves once a sync that began after this call has ended. */
  request(): Promise<void> {
    if (!this.#running) return this.#start()
    const start = (): Promise<void> => this.#start()
    this.#next ??= this.#running.then(start, start)
    return this.#next
  }

  #start(): Promise<void> {
    this.#next = undefined
    this.#running = syncFolderAt(this.#path).finally(() => {
      if (this.#next) return
      this.#running = undefined
      this.#onIdle()
    })
    return this.#running
  }
}

/** Windows has no way to sync a folder, and its file systems log such changes in order. */
const canSyncFolders = process.platform !== 'win32'

async function syncFolderAt(path: string): Promise<void> {
  if (!canSyncFolders) return
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

export function syncFolderNow(path: string): void {
  if (!canSyncFolders) return
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
