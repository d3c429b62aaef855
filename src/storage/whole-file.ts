/** Small files that are read and written as a whole: checkpoints, snapshots, indexes. */

import type { Storage } from './storage.ts'

/** Files with this ending are being written, or were when a process died. They can be removed. */
export const asideSuffix = '.tmp'

/** Returns the bytes of a file, or `undefined` where there is none. */
export function readWholeFile(storage: Storage, path: string): Uint8Array | undefined {
  if (!storage.exists(path)) return undefined
  const file = storage.open(path)
  try {
    const bytes = new Uint8Array(file.sizeBytes)
    return bytes.subarray(0, file.read(0, bytes))
  } finally {
    file.close()
  }
}

/**
 * Writes a file that can be made again, or none where there are no bytes. A crash may leave it with
 * anything in it, so that who reads it must be able to tell.
 */
export function writeDerivedFile(storage: Storage, path: string, bytes: Uint8Array): void {
  if (bytes.length === 0) return storage.remove(path)
  const file = storage.open(path)
  try {
    if (file.sizeBytes > 0) file.truncate(0)
    file.append(bytes)
  } finally {
    file.close()
  }
}

/** Makes what a file holds, if there is one, survive a power failure. */
export async function syncWholeFile(storage: Storage, path: string): Promise<void> {
  if (!storage.exists(path)) return
  const file = storage.open(path)
  try {
    await file.sync()
  } finally {
    file.close()
  }
}

/**
 * Replaces a file so that at any time, also after a power failure, it is either as before or as
 * asked for. Calls for one path must wait for each other.
 */
export async function replaceFile(
  storage: Storage,
  path: string,
  bytes: Uint8Array,
): Promise<void> {
  await writeAside(storage, path, bytes).replace()
}

/** What is to take the place of a file. */
export interface AsideFile {
  /** The promise resolves once it has, and that would survive a power failure. Called once. */
  replace(): Promise<void>
}

/** Does the part of `replaceFile` that needs space on the disk. @throws where there is none */
export function writeAside(storage: Storage, path: string, bytes: Uint8Array): AsideFile {
  const asidePath = path + asideSuffix
  // A new one: what an earlier failure left may never get to the disk.
  storage.remove(asidePath)
  const file = storage.open(asidePath)
  try {
    file.append(bytes)
  } catch (error) {
    file.close()
    throw error
  }
  return {
    async replace() {
      try {
        await file.sync()
      } finally {
        file.close()
      }
      storage.rename(asidePath, path)
      const slash = path.lastIndexOf('/')
      await storage.syncFolder(slash < 0 ? '' : path.slice(0, slash))
    },
  }
}
