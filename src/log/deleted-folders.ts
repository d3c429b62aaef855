/**
 * Folders of partitions that are being deleted. Their names are Kafka's, with the id of the topic
 * where Kafka has a random one:
 *
 *     <topic>-<partition>.<topic id>-delete
 *
 * Files go once the metadata says on the disk that the topic is gone. A start that finds such a
 * folder while the metadata has the topic goes on with the deletion: what is missing is not lost.
 */

import { removeInTurn, type Storage } from '../storage/storage.ts'
import { deletedSuffix } from './log-files.ts'

/** What a file system takes. */
const nameMax = 255
/** Where it is not known. Such a folder says nothing of the metadata, and neither does Kafka's. */
const unknownTopicId = 'unknown'
const namedId = /\.([\w-]{22})-delete$/
/** What Kafka and we call them; others have folders with that ending, too. */
const isDeleted = /.-\d+\.[\w-]+-delete$/

export interface Deletion {
  /** For the name of the folder. Without it, a start takes no notice of the folder. */
  readonly topicId?: string | undefined
  /** Resolves once nothing on the disk says any more that the partition is there. @default now */
  readonly decided?: Promise<unknown> | undefined
}

/** Renames the folder of a log that goes. What a crash leaves is then not taken for a log. */
export function setAside(storage: Storage, folder: string, topicId = unknownTopicId): string {
  const partitionAt = folder.lastIndexOf('-')
  const ending = `${folder.slice(partitionAt)}.${topicId}${deletedSuffix}`
  const aside = folder.slice(0, Math.min(partitionAt, nameMax - ending.length)) + ending
  if (storage.exists(aside)) storage.remove(aside)
  storage.rename(folder, aside)
  return aside
}

/** Removes the folder of a log. */
export function removeLogFolder(storage: Storage, folder: string): void {
  storage.remove(setAside(storage, folder))
}

/** What deletions left that were not carried through. */
export class DeletedFolders {
  readonly #storage: Storage
  readonly #folders: readonly string[]
  /** Ids of topics that were being deleted, as far as the folders tell. */
  readonly topicIds: ReadonlySet<string>

  constructor(storage: Storage) {
    this.#storage = storage
    const isOurs = (name: string): boolean => isDeleted.test(name) && storage.isFolder(name)
    this.#folders = storage.list('').filter(isOurs)
    this.topicIds = new Set(this.#folders.flatMap((name) => namedId.exec(name)?.[1] ?? []))
  }

  get isEmpty(): boolean {
    return this.#folders.length === 0
  }

  /** Removes what is in the folders. */
  empty(): void {
    for (const folder of this.#folders) {
      for (const name of this.#storage.list(folder)) this.#storage.remove(`${folder}/${name}`)
    }
  }

  async remove(): Promise<void> {
    for (const folder of this.#folders) await removeInTurn(this.#storage, folder)
  }
}
