/** What `Admin` does to the records of a topic: where they begin and end, and their deletion. */

import { deleteRecords } from '../../protocol/delete-records.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { describedByTopic, groupByLeader, lookUpOffsets } from '../cluster/offset-lookup.ts'
import type { FoundOffset, Isolation, TopicPartition } from '../cluster/offset-lookup.ts'
import { toOffset, type OffsetInput } from '../record/offset.ts'
import { wholeNumber, type OperationOptions } from '../settings/kafka-options.ts'
import { throwIfError } from './admin-errors.ts'

/** A record offset, or `'latest'` for everything that is committed now. */
export interface DeleteBefore {
  /** Its number, from 0. */
  readonly partition: number
  /** The first offset that stays, or `'latest'` to keep nothing that is there now. */
  readonly before: number | 'latest'
}

/** Returns the new first offset of each partition. */
export function deleteRecordsBefore(
  cluster: Cluster,
  topic: string,
  limits: readonly DeleteBefore[],
  options: OperationOptions,
): Promise<(TopicPartition & { readonly startOffset: number })[]> {
  const action = `delete records of '${topic}'`
  const items = limits.map(({ partition, before }) => ({
    topic,
    partition,
    offset: before === 'latest' ? -1 : wholeNumber('before', before),
  }))
  return cluster.run({ ...options, action, target: 'any' }, async ({ signal }) => {
    const byLeader = await groupByLeader(cluster, items, signal)
    const answers = [...byLeader].map(async ([node, ofNode]) => {
      const channel = await cluster.channel({ node }, 'requests', signal)
      const topics = describedByTopic(ofNode, ({ partition, offset }) => ({
        partitionIndex: partition,
        offset,
      }))
      const input = { topics, timeoutMs: cluster.timeoutMs(options) }
      const answer = await channel.request(deleteRecords, input, { signal })
      return answer.topics.flatMap(({ partitions }) =>
        partitions.map(({ partitionIndex: partition, lowWatermark: startOffset, errorCode }) => {
          throwIfError(action, { errorCode, topic, partition })
          return { topic, partition, startOffset }
        }),
      )
    })
    return (await Promise.all(answers)).flat()
  })
}

/** Returns an offset of each partition, in their order. */
export async function listOffsets(
  cluster: Cluster,
  topic: string,
  offset: OffsetInput,
  options: OperationOptions & { readonly isolation?: Isolation },
): Promise<FoundOffset[]> {
  const place = toOffset('offset', offset)
  const { partitions } = await cluster.topic(topic, { ...options, mayCreate: false })
  const queries = partitions.map((_, partition) => ({ topic, partition, offset: place }))
  const found = await lookUpOffsets(cluster, queries, options)
  return found.sort((a, b) => a.partition - b.partition)
}
