/**
 * Partition folders that the metadata does not speak of: what is left after a power failure in the
 * middle of a creation or deletion, or was put there by hand.
 */

import { resolveLogConfig } from '../log/log-config.ts'
import type { ManagedLog } from '../log/log-manager.ts'
import type { Logger } from '../runtime/runtime.ts'
import { clusterMetadataTopic } from './topic-name.ts'
import type { Topic, TopicTable } from './topic-table.ts'

export interface OrphanedLogs {
  /** Of topics that were deleted, or of topics that nobody was told of and that have no records. */
  readonly rubbish: readonly ManagedLog[]
  /** Topics without metadata that have records. */
  readonly topics: readonly OrphanedTopic[]
  /** Of topics that there are, but which have fewer partitions. */
  readonly surplus: readonly ManagedLog[]
  /** What somebody has put there: folders with other files, and copies of topics that are known. */
  readonly strange: readonly ManagedLog[]
}

export interface OrphanedTopic {
  readonly name: string
  /** `undefined` where the folders do not tell. */
  readonly id: string | undefined
  readonly partitionCount: number
}

/** @param hasOthersFiles whether there are files in the folder of a log that are none of a log's */
export function findOrphans(
  logs: readonly ManagedLog[],
  table: TopicTable,
  hasOthersFiles: (log: ManagedLog) => boolean,
): OrphanedLogs {
  const rubbish: ManagedLog[] = []
  const surplus: ManagedLog[] = []
  const strange: ManagedLog[] = []
  const unknown = new Map<string, ManagedLog[]>()
  for (const log of logs) {
    const { topic: name, topicId, partition } = log
    if (name === clusterMetadataTopic) continue
    const topic = table.byName(name)
    if (topicId !== undefined && table.wasRemoved(topicId, name)) rubbish.push(log)
    else if (!topic) unknown.set(name, [...(unknown.get(name) ?? []), log])
    else if (partition >= topic.partitionCount) (isUnused(log, topic) ? rubbish : surplus).push(log)
  }
  const topics: OrphanedTopic[] = []
  const ids = new Set<string>()
  // Of a topic and its copies the topic has the shortest name.
  const byLength = [...unknown].sort(([left], [right]) => left.length - right.length)
  for (const [name, parts] of byLength) {
    const topic = topicOf(name, parts)
    const { id } = topic
    const isCopy = id !== undefined && (table.knowsId(id) || ids.has(id))
    if (isCopy || parts.some(hasOthersFiles)) strange.push(...parts)
    // Its creation was never acknowledged. Taken in, it would lack the configs that it was to have.
    else if (parts.every(({ log }) => log.endOffset === 0)) rubbish.push(...parts)
    else {
      topics.push(topic)
      if (id !== undefined) ids.add(id)
    }
  }
  return { rubbish, topics, surplus, strange }
}

/** Whether it was made for the topic, and nobody was told of it. */
function isUnused({ topicId, log }: ManagedLog, { id }: Topic): boolean {
  return topicId === id && log.endOffset === 0
}

function topicOf(name: string, parts: readonly ManagedLog[]): OrphanedTopic {
  const id = parts.find(({ topicId }) => topicId !== undefined)?.topicId
  const partitionCount = parts.reduce((max, { partition }) => Math.max(max, partition + 1), 0)
  return { name, id, partitionCount }
}

export interface LeftAlone extends Pick<OrphanedLogs, 'surplus' | 'strange'> {
  /** What is called as a folder of a partition, and is a file. */
  readonly files: readonly Pick<ManagedLog, 'topic' | 'partition'>[]
}

/** Has nothing deleted of them: retention goes through all logs. */
export function leaveAlone({ surplus, strange, files }: LeftAlone, logger: Logger): void {
  for (const { topic: name, partition } of surplus) {
    logger.warn('a partition folder is beyond its topic, and left alone', { name, partition })
  }
  for (const { topic: name, partition } of strange) {
    logger.warn('a folder is called as a partition, and is none: left alone', { name, partition })
  }
  for (const { topic: name, partition } of files) {
    logger.warn('a file is called as the folder of a partition: left alone', { name, partition })
  }
  const config = resolveLogConfig({ 'retention.ms': '-1', 'retention.bytes': '-1' })
  for (const { log } of [...surplus, ...strange]) log.setConfig(config)
}
