/** Reads and stores the offsets of a group, at its coordinator. */

import { zeroUuid } from '../../bytes/uuid.ts'
import { offsetCommit } from '../../protocol/offset-commit.ts'
import { offsetFetch } from '../../protocol/offset-fetch.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { describedByTopic, type TopicPartition } from '../cluster/offset-lookup.ts'
import { brokerError } from '../failure/delivery-errors.ts'
import { doubtful } from '../failure/errors.ts'
import { groupFailures, throwIfError } from '../failure/group-errors.ts'
import type { OperationOptions } from '../settings/kafka-options.ts'

/** On whose behalf: a member has to be one still; without one the group must have none. */
export interface GroupIdentity {
  readonly group: string
  readonly memberId?: string
  readonly memberEpoch?: number
  /** The name of a static member. */
  readonly groupInstanceId?: string | null
}

export interface GroupOffset extends TopicPartition {
  readonly offset: number
  /** Of the very topic that is meant. @default of whichever has the name */
  readonly topicId?: string | undefined
}

/** Version 10 names topics by id. */
const maxVersionByName = 9
/** From version 2 on all offsets of a group can be asked for; before 8 it is of one group only. */
const fetchMinVersion = 2

export interface FetchOffsetsOptions extends OperationOptions {
  /** @default all that the group has committed */
  readonly partitions?: readonly TopicPartition[]
  /** Whether to wait for open transactions that commit offsets. @default false */
  readonly requireStable?: boolean
}

/** Returns the committed offsets; partitions without one are left out. */
export function fetchOffsets(
  cluster: Cluster,
  { group, memberId, memberEpoch }: GroupIdentity,
  options: FetchOffsetsOptions = {},
): Promise<GroupOffset[]> {
  const { partitions, requireStable = false, ...limits } = options
  const action = `fetch the offsets of group '${group}'`
  const topics = partitions
    ? describedByTopic(partitions, ({ partition }) => partition).map(({ name, partitions }) => ({
        name,
        partitionIndexes: partitions,
      }))
    : null
  const identity = { memberId: memberId ?? null, memberEpoch: memberEpoch ?? -1 }
  const groups = [{ groupId: group, ...identity, topics }]
  const input = { groupId: group, topics, groups, requireStable }
  const task = { ...limits, action, target: { group }, purpose: 'groups' }
  return cluster.run(task, async ({ channel, signal }) => {
    const versions = { minVersion: fetchMinVersion, maxVersion: maxVersionByName }
    const answer = await channel.request(offsetFetch, input, { signal, ...versions })
    const found = answer.groups[0] ?? answer
    throwIfError(action, { errorCode: found.errorCode, group })
    return found.topics.flatMap(({ name: topic, partitions }) =>
      partitions.flatMap(({ partitionIndex: partition, committedOffset: offset, errorCode }) => {
        throwIfError(action, { errorCode, group, topic, partition })
        return offset < 0 ? [] : [{ topic, partition, offset }]
      }),
    )
  })
}

interface CommitOffsetsOptions extends OperationOptions {
  /** Hears of each attempt that is on its way. */
  readonly onSent?: () => void
}

/** Stores `offsets`: the next record to be read of each partition. */
export async function commitOffsets(
  cluster: Cluster,
  { group, memberId = '', memberEpoch = -1, groupInstanceId = null }: GroupIdentity,
  offsets: readonly GroupOffset[],
  { onSent, ...options }: CommitOffsetsOptions = {},
): Promise<void> {
  const action = `commit offsets of group '${group}'`
  const ids = new Map(offsets.map(({ topic, topicId = zeroUuid }) => [topic, topicId]))
  const names = new Map([...ids].map(([name, id]) => [id, name]))
  const described = describedByTopic(offsets, ({ partition, offset }) => ({
    partitionIndex: partition,
    committedOffset: offset,
    committedMetadata: null,
  }))
  const topics = described.map((topic) => ({ ...topic, topicId: ids.get(topic.name)! }))
  const limits = names.has(zeroUuid) ? { maxVersion: maxVersionByName } : {}
  const input = {
    groupId: group,
    memberId,
    groupInstanceId,
    generationIdOrMemberEpoch: memberEpoch,
    topics,
  }
  // A coordinator may not know yet of a topic that has just been created.
  const task = { ...options, action, target: { group }, purpose: 'groups', awaitsTopic: true }
  await cluster.run(task, async ({ channel, signal }) => {
    const answering = channel.request(offsetCommit, input, { signal, ...limits })
    onSent?.()
    const answer = await answering
    const outcomes = answer.topics.flatMap(({ name, topicId, partitions }) => {
      const topic = name || names.get(topicId)!
      return partitions.map(({ partitionIndex: partition, errorCode }) => {
        return { errorCode, group, topic, partition }
      })
    })
    const refused = outcomes.find(({ errorCode }) => errorCode !== 0)
    if (!refused) return
    const error = brokerError(action, refused, groupFailures)
    throw outcomes.some(({ errorCode }) => errorCode === 0) ? doubtful(error) : error
  })
}
