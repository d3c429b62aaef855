/**
 * `cleaner-offset-checkpoint`: up to where each log is compacted. It is Kafka's: lines of text, the
 * version (0), the number of entries, then of each topic, partition and offset.
 */

import type { Storage } from '../../storage/storage.ts'
import { readWholeFile, replaceFile } from '../../storage/whole-file.ts'

export const compactionCheckpointFile = 'cleaner-offset-checkpoint'

export interface CompactedOffset {
  readonly topic: string
  readonly partition: number
  /** Everything below was compacted once. */
  readonly offset: number
}

/** Returns what the file says; nothing where it is missing, `undefined` where it is damaged. */
export function readCompactionCheckpoint(storage: Storage): CompactedOffset[] | undefined {
  const bytes = readWholeFile(storage, compactionCheckpointFile)
  if (!bytes) return []
  const [version, count, ...lines] = new TextDecoder().decode(bytes).trimEnd().split('\n')
  if (version !== '0' || Number(count) !== lines.length) return undefined
  const entries: CompactedOffset[] = []
  for (const line of lines) {
    const [, topic, partition, offset] = /^(\S+) (\d{1,10}) (\d{1,16})$/.exec(line) ?? []
    if (topic === undefined) return undefined
    entries.push({ topic, partition: Number(partition), offset: Number(offset) })
  }
  return entries
}

export function writeCompactionCheckpoint(
  storage: Storage,
  entries: readonly CompactedOffset[],
): Promise<void> {
  const lines = entries.map(({ topic, partition, offset }) => `${topic} ${partition} ${offset}\n`)
  const text = `0\n${entries.length}\n${lines.join('')}`
  return replaceFile(storage, compactionCheckpointFile, new TextEncoder().encode(text))
}
