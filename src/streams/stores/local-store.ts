/**
 * What is kept on this machine of a task's state: the entries of its changelog as they were at one
 * offset of it, so that a task which begins again reads the rest only. Keys and values are texts,
 * as in the changelog. A local store may be lost at any time: the changelog has all of it.
 */

import { KafkaError } from '../../client/failure/errors.ts'
import type { Logger, Random } from '../../runtime/runtime.ts'

/** How far along its changelog a store is. */
export interface Checkpoint {
  /** The id of the changelog topic: one that was deleted and made again has another. */
  readonly topicId: string
  /** All entries before it are in the store. */
  readonly offset: number
  /** When it was so, in milliseconds since 1970: all that comes behind the offset is no older. */
  readonly savedAtMs: number
}

/** `null` removes the key. */
export type TextEntry = readonly [key: string, value: string | null]

export interface LocalStore {
  readonly checkpoint: Checkpoint | undefined
  /** How many entries there are. */
  readonly size: number
  /** @throws LocalStoreError where the store is not what was written */
  get(key: string): string | undefined
  /** Calls `visit` with each entry. */
  forEach(visit: (key: string, value: string) => void): void
  /**
   * Takes entries in, and how far they come. After a crash in the middle some may be there without
   * the checkpoint: they come again with what is read from the changelog then.
   */
  apply(entries: Iterable<TextEntry>, checkpoint: Checkpoint): void
  /** Forgets everything. */
  clear(): void
  close(): void
}

/** Where the stores of one application are on this machine. Nobody else opens it meanwhile. */
export interface StateFolder {
  /** What this worker is known by, as long as the folder is there. */
  readonly workerId: Uint8Array
  /** Opens the store of a task, or makes it. */
  open(task: string): LocalStore
  /** Removes the stores that were not open the last time that this was asked for, nor since. */
  removeUnused(): void
  close(): void
}

/** @throws InvalidOptionError where another worker of the application has the folder */
export type OpenStateFolder = (where: {
  /** Where applications have their folders. */
  readonly folder: string
  readonly application: string
  readonly logger: Logger
  readonly random: Random
}) => StateFolder

/** A store is not what was written to it. It is empty the next time, and the changelog fills it. */
export class LocalStoreError extends KafkaError {
  override readonly name = 'LocalStoreError'
  readonly code = 'local_store'
  override readonly retriable = true
}
