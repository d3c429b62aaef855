/** What `Admin` does to the records of a topic: where they begin and end, and their deletion. */

import { deleteRecords } from '../../protocol/delete-records.ts'
import { deliveryErrors } from '../../protocol/delivery-errors.ts'
import type { Cluster } from '../cluster/cluster.ts'
import {
  currentTopic,
  describedByTopic,
  groupByLeader,
  lookUpOffsets,
} from '../cluster/offset-lookup.ts'
import type { FoundOffset, Isolation, TopicPartition } from '../cluster/offset-lookup.ts'
import { Offset, toOffset, type OffsetInput } from '../record/offset.ts'
import { wholeNumber, type OperationOptions } from '../settings/kafka-options.ts'
import { throwIfError } from './admin-errors.ts'

/** A record offset, or `'latest'` for everything that is committed now. */
export interface DeleteBefore {
  /** Its number, from 0. */
  readonly partition: number
  /** The first offset that stays, or `'latest'` to keep nothing that is there now. */
  readonly before: number | 'latest'
}

interface Deletion extends TopicPartition {
  /** The first offset that stays. */
  readonly offset: number
}

/** What became of a deletion. */
interface Outcome extends TopicPartition {
  readonly errorCode: number
  readonly startOffset: number
}

/** Returns the new first offset of each partition. */
export async function deleteRecordsBefore(
  cluster: Cluster,
  topic: string,
  limits: readonly DeleteBefore[],
  options: OperationOptions,
): Promise<(TopicPartition & { readonly startOffset: number })[]> {
  const action = `delete records of '${topic}'`
  const fixed = limits.flatMap(({ partition, before }): Deletion[] =>
    before === 'latest' ? [] : [{ topic, partition, offset: wholeNumber('before', before) }],
  )
  // The end is looked up once: a broker asked again would delete what has come meanwhile, too.
  const open = limits
    .filter(({ before }) => before === 'latest')
    .map(({ partition }) => ({ topic, partition, offset: Offset.latest }))
  const ends = open.length > 0 ? await lookUpOffsets(cluster, open, options) : []
  const deletions: readonly Deletion[] = [...fixed, ...ends]
  // Apache Kafka answers when all replicas have deleted, and not before this time is over where the
  // leader has moved meanwhile: there has to be time left to ask the new one.
  const timeoutMs = Math.ceil(cluster.timeoutMs(options) / (cluster.options.retries + 1))
  return cluster.run({ ...options, action, target: 'any' }, async ({ signal }) => {
    const byLeader = await groupByLeader(cluster, deletions, signal)
    const answers = [...byLeader].map(async ([node, ofNode]): Promise<Outcome[]> => {
      const channel = await cluster.channel({ node }, 'changes', signal)
      const topics = describedByTopic(ofNode, ({ partition, offset }) => ({
        partitionIndex: partition,
        offset,
      }))
      const answer = await channel.request(deleteRecords, { topics, timeoutMs }, { signal })
      return answer.topics.flatMap(({ partitions }) =>
        partitions.map(({ partitionIndex: partition, lowWatermark: startOffset, errorCode }) => ({
          topic,
          partition,
          errorCode,
          startOffset,
        })),
      )
    })
    const outcomes = (await Promise.all(answers)).flat()
    const refused = outcomes.find(({ errorCode }) => errorCode !== 0)
    if (refused?.errorCode === deliveryErrors.OFFSET_OUT_OF_RANGE) {
      const { partition } = refused
      const { offset } = deletions.find((deletion) => deletion.partition === partition)!
      await awaitRecord(cluster, { topic, partition, offset }, signal)
    }
    if (refused) throwIfError(action, refused)
    return outcomes.map(({ partition, startOffset }) => ({ topic, partition, startOffset }))
  })
}

/**
 * Has a deletion that was refused tried again where there are such records: a leader that has just
 * been chosen does not know how far its predecessor had got, and refuses what it has not heard to
 * be acknowledged. Asked for its end, it answers once it knows.
 *
 * @throws BrokerError of a kind that passes, where the partition reaches to `offset`
 */
async function awaitRecord(
  cluster: Cluster,
  { topic, partition, offset }: Deletion,
  signal: AbortSignal,
): Promise<void> {
  const [end] = await lookUpOffsets(cluster, [{ topic, partition, offset: Offset.latest }], {
    signal,
  })
  if (end!.offset < offset) return
  const errorCode = deliveryErrors.OFFSET_NOT_AVAILABLE
  throwIfError(`delete records of '${topic}'`, { errorCode, topic, partition })
}

/** Returns an offset of each partition, in their order. */
export async function listOffsets(
  cluster: Cluster,
  topic: string,
  offset: OffsetInput,
  options: OperationOptions & { readonly isolation?: Isolation },
): Promise<FoundOffset[]> {
  const place = toOffset('offset', offset)
  const { partitions } = await currentTopic(cluster, topic, options)
  const queries = partitions.map((_, partition) => ({ topic, partition, offset: place }))
  const found = await lookUpOffsets(cluster, queries, options)
  return found.sort((a, b) => a.partition - b.partition)
}
