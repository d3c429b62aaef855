/** The folder of a partition: `<topic>-<partition>`, and the `partition.metadata` in it. */

import type { Storage } from '../storage/storage.ts'
import { readWholeFile } from '../storage/whole-file.ts'
import { deletedSuffix, partitionMetadataFile } from './log-files.ts'

/** Returns the partition that a folder is of; `undefined` where it is of none. */
export function partitionOf(folder: string): { topic: string; partition: number } | undefined {
  if (folder.endsWith(deletedSuffix)) return undefined
  const [, topic, partition] = /^(.+)-(\d{1,10})$/.exec(folder) ?? []
  if (topic === undefined || partition === undefined) return undefined
  return { topic, partition: Number(partition) }
}

/** Returns the id of the topic, or `undefined` where the folder does not tell. */
export function readTopicId(storage: Storage, folder: string): string | undefined {
  const bytes = readWholeFile(storage, `${folder}/${partitionMetadataFile}`)
  return bytes && /^topic_id: ([\w-]{22})$/m.exec(new TextDecoder().decode(bytes))?.[1]
}
