/**
 * Where a log begins, once records were deleted from its front. The file has Kafka's form: lines
 * of text, the version (0), the number of entries (1), then topic, partition and offset. Unlike
 * Kafka's, there is one for each partition, so that it moves and goes with it.
 */

import type { Storage } from '../storage/storage.ts'
import { readWholeFile, replaceFile } from '../storage/whole-file.ts'
import { startOffsetFile } from './log-files.ts'

/** Returns the offset in the file; 0 where there is none, or it is damaged. */
export function readStartOffset(storage: Storage, folder: string): number {
  const bytes = readWholeFile(storage, `${folder}/${startOffsetFile}`)
  const match = bytes && /^0\n1\n\S+ \d+ (\d{1,16})\n$/.exec(new TextDecoder().decode(bytes))
  return match ? Number(match[1]) : 0
}

export function writeStartOffset(storage: Storage, folder: string, offset: number): Promise<void> {
  const dash = folder.lastIndexOf('-')
  const line = `${folder.slice(0, dash)} ${folder.slice(dash + 1)} ${offset}`
  const bytes = new TextEncoder().encode(`0\n1\n${line}\n`)
  return replaceFile(storage, `${folder}/${startOffsetFile}`, bytes)
}
