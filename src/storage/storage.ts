/**
 * What the log needs of a disk. Everything above this interface is free of platform code.
 *
 * All calls but the syncs are synchronous: an append to the page cache takes less time than a hop
 * to a thread, and a broker whose decisions never wait in the middle has no races between them.
 * What really waits for a disk, `sync` and `syncFolder`, is a promise.
 *
 * Paths are relative, with `/` between folder and file: `orders-0/00000000000000000000.log`.
 */

export interface Storage {
  /** Opens a file to read and append; where missing, it is created empty, and its folder too. */
  open(path: string): StorageFile
  /** Returns the names in `folder` (files and folders), in code-point order; none if missing. */
  list(folder: string): string[]
  exists(path: string): boolean
  isFolder(path: string): boolean
  /** Renames a file or a folder, replacing a file of that name. Open files stay open. */
  rename(from: string, to: string): void
  /** Removes a file, or a folder with all that is in it. Does nothing where it does not exist. */
  remove(path: string): void
  /** As `remove`, and has others work in between where many folders go. @default as `remove` */
  removeInTurn?(path: string): Promise<void>
  /** Resolves once creations, renames and removals in `folder` would survive a power failure. */
  syncFolder(folder: string): Promise<void>
  /** Frees what the storage as a whole holds, such as its lock. Open files are closed first. */
  close(): void
}

/** Removes a folder; others work before the next one goes, where the storage can do that. */
export async function removeInTurn(storage: Storage, path: string): Promise<void> {
  await (storage.removeInTurn?.(path) ?? storage.remove(path))
}

export interface StorageFile {
  readonly sizeBytes: number
  /** When the file was last written to, by the system's clock, where the storage knows it. */
  readonly modifiedMs?: number
  /** Sets that, for a file that takes the place of an older one. */
  setModified?(timeMs: number): void
  /** Adds `bytes` at the end and returns the position they start at. All or nothing, or throws. */
  append(bytes: Uint8Array): number
  /** Fills `target` from `position` on; returns how many bytes there were, fewer at the end. */
  read(position: number, target: Uint8Array): number
  truncate(sizeBytes: number): void
  /**
   * Resolves once everything appended before this call would survive a power failure. After a
   * rejection nothing is known of what was appended, and calling it again proves nothing.
   */
  sync(): Promise<void>
  close(): void
}
