/** What `Admin` does to consumer groups and their offsets. */

import { consumerGroupDescribe } from '../../protocol/consumer-group-describe.ts'
import { deleteGroups } from '../../protocol/delete-groups.ts'
import { describeGroups } from '../../protocol/describe-groups.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { listGroups } from '../../protocol/list-groups.ts'
import { offsetDelete } from '../../protocol/offset-delete.ts'
import {
  consumerProtocolAssignment,
  consumerProtocolSubscription,
  decodeConsumerProtocol,
} from '../../protocol/records/consumer-protocol.ts'
import type { Attempt, Cluster } from '../cluster/cluster.ts'
import { currentTopic, lookUpOffsets, type TopicPartition } from '../cluster/offset-lookup.ts'
import type { BrokerAnswer } from '../failure/delivery-errors.ts'
import { BrokerError, KafkaError } from '../failure/errors.ts'
import { classicOrder } from '../group/member-order.ts'
import { commitOffsets, fetchOffsets } from '../group/group-offsets.ts'
import { toOffset, Offset, type OffsetInput } from '../record/offset.ts'
import { wholeNumber, type OperationOptions } from '../settings/kafka-options.ts'
import { brokerError, throwIfError } from './admin-errors.ts'
import { checkPartitions } from './check-partitions.ts'
import { askEachBroker, merged } from './each-broker.ts'

/** A group in the list of all. */
export interface GroupSummary {
  /** Its name: the `group` of its consumers. */
  readonly id: string
  /** Consumers that are in it now; -1 where one may not see them, as of topics that one may not. */
  readonly memberCount: number
  /** Kafka's word for it, such as `Stable`, `Empty` or `Reconciling`. */
  readonly state: string
}

/** A consumer in a group. */
export interface GroupMember {
  /** What the group knows it by; a consumer that is started anew has another one. */
  readonly id: string
  /** The name of a static member, by which the group knows it again; `null` for others. */
  readonly instanceId: string | null
  /** The `clientId` of its client. */
  readonly clientId: string
  /** The address that it is connected from. */
  readonly host: string
  /** The partitions that are its own now. */
  readonly partitions: readonly TopicPartition[]
}

/** How far a group is behind in a partition. */
export interface PartitionLag extends TopicPartition {
  /** The offset that the group goes on from; `null` where it has committed none. */
  readonly offset: number | null
  /** The offset behind the last record; -1 while nobody leads the partition. */
  readonly endOffset: number
  /** Records that the group has not processed yet; -1 while nobody leads the partition. */
  readonly lag: number
}

/** What `admin.describeGroup` tells. */
export interface GroupDescription {
  /** Its name: the `group` of its consumers. */
  readonly id: string
  /** Kafka's word for it, such as `Stable`, `Empty` or `Reconciling`. */
  readonly state: string
  /** `consumer` for groups of KIP-848, else `classic`. */
  readonly type: 'consumer' | 'classic'
  /** Consumers that are in it now. */
  readonly members: readonly GroupMember[]
  /** By partition: all that the group has committed, or reads now. */
  readonly lag: readonly PartitionLag[]
  /** Records of all partitions that somebody leads, and that the group has not processed yet. */
  readonly totalLag: number
}

/** Where to put a group: a place that is looked up, or an offset for each partition. */
export type ResetTarget = OffsetInput | Readonly<Record<number, number>>

/** A member, and where it is among the others. */
export interface SortedMember extends GroupMember {
  /** By which members come where partitions are shared out by ranges. */
  readonly order: string
}

/** Who is in a group. */
export interface GroupMembers extends Pick<GroupDescription, 'id' | 'state' | 'type'> {
  readonly members: readonly SortedMember[]
}

export async function listAllGroups(
  cluster: Cluster,
  options: OperationOptions,
): Promise<GroupSummary[]> {
  const action = 'list groups'
  return cluster.run({ ...options, action, target: 'any' }, async (attempt) => {
    const { signal } = attempt
    // Each broker knows the groups that it coordinates.
    const summaries = await askEachBroker(cluster, attempt, async (broker) => {
      const answer = await broker.request(listGroups, {}, { signal })
      throwIfError(action, answer)
      const ids = answer.groups.map(({ groupId }) => groupId)
      const found = await describeMembers(ids, { channel: broker, signal })
      const described = found.described.map(({ id, state, members }) => {
        return { id, memberCount: members.length, state }
      })
      // That one may not see what is in a group says nothing of the others.
      const refused = answer.groups
        .filter(({ groupId }) => found.refused.has(groupId))
        .map(({ groupId: id, groupState: state }) => ({ id, memberCount: -1, state }))
      return [...described, ...refused]
    })
    return merged(summaries, ({ id }) => id)
  })
}

export async function describeGroup(
  cluster: Cluster,
  group: string,
  options: OperationOptions,
): Promise<GroupDescription> {
  const found = await membersOf(cluster, group, options)
  const lag = await lagOf(cluster, found, options)
  const members = found.members.map(({ id, instanceId, clientId, host, partitions }) => {
    return { id, instanceId, clientId, host, partitions }
  })
  const totalLag = lag.reduce((total, { lag }) => total + Math.max(0, lag), 0)
  return { ...found, members, lag, totalLag }
}

/** Returns who is in a group, without a look at its offsets. */
export function membersOf(
  cluster: Cluster,
  group: string,
  options: OperationOptions,
): Promise<GroupMembers> {
  const action = `describe group '${group}'`
  return cluster.run({ ...options, action, target: { group } }, async (attempt) => {
    const { described, refused } = await describeMembers([group], attempt)
    if (described[0]) return described[0]
    if (refused.has(group)) throw refused.get(group)!
    const errorCode = errorCodes.GROUP_ID_NOT_FOUND
    throw brokerError(action, { errorCode, errorMessage: 'there is no such group', group })
  })
}

interface Descriptions {
  readonly described: GroupMembers[]
  /** By group, why one may not know. */
  readonly refused: Map<string, KafkaError>
}

/**
 * Describes those of `ids` that exist on the broker of `attempt`.
 *
 * @throws KafkaError of a kind that passes
 */
async function describeMembers(
  ids: readonly string[],
  { channel, signal }: Attempt,
): Promise<Descriptions> {
  const described: GroupMembers[] = []
  const refused = new Map<string, KafkaError>()
  if (ids.length === 0) return { described, refused }
  const isRefused = (group: { readonly groupId: string } & BrokerAnswer): boolean => {
    if (group.errorCode === errorCodes.NONE) return false
    const error = brokerError(`describe group '${group.groupId}'`, group)
    if (error.retriable) throw error
    refused.set(group.groupId, error)
    return true
  }
  if (channel.supports(consumerGroupDescribe)) {
    const answer = await channel.request(consumerGroupDescribe, { groupIds: ids }, { signal })
    for (const group of answer.groups) {
      // Groups of the classic protocol do not exist for this request, nor do any where there is
      // only that protocol.
      const { GROUP_ID_NOT_FOUND, UNSUPPORTED_VERSION } = errorCodes
      if ([GROUP_ID_NOT_FOUND, UNSUPPORTED_VERSION].some((code) => code === group.errorCode)) {
        continue
      }
      if (!isRefused(group)) described.push(describeNew(group))
    }
  }
  const known = new Set([...described.map(({ id }) => id), ...refused.keys()])
  const others = ids.filter((id) => !known.has(id))
  if (others.length === 0) return { described, refused }
  const answer = await channel.request(describeGroups, { groups: others }, { signal })
  for (const group of answer.groups) {
    const { errorCode, groupState: state } = group
    if (errorCode === errorCodes.GROUP_ID_NOT_FOUND || state === 'Dead') continue
    if (!isRefused(group)) described.push(describeClassic(group))
  }
  return { described, refused }
}

type NewGroup = Awaited<ReturnType<typeof consumerGroupDescribe.response.read>>['groups'][number]
type ClassicGroup = ReturnType<typeof describeGroups.response.read>['groups'][number]

function describeNew({ groupId, groupState, members }: NewGroup): GroupMembers {
  return {
    id: groupId,
    state: groupState,
    type: 'consumer',
    members: members.map(({ memberId, instanceId, clientId, clientHost, assignment }) => ({
      id: memberId,
      instanceId,
      order: memberId,
      clientId,
      host: clientHost,
      partitions: assignment.topicPartitions.flatMap(({ topicName: topic, partitions }) =>
        partitions.map((partition) => ({ topic, partition })),
      ),
    })),
  }
}

function describeClassic({
  groupId,
  groupState,
  protocolType,
  members,
}: ClassicGroup): GroupMembers {
  return {
    id: groupId,
    state: groupState,
    type: 'classic',
    members: members.map(({ memberMetadata, memberAssignment, ...member }) => {
      // Other programs than consumers use groups too, with assignments of their own.
      const isConsumer = protocolType === 'consumer'
      const { memberId, groupInstanceId: instanceId, clientId, clientHost } = member
      return {
        id: memberId,
        instanceId,
        order: isConsumer ? orderOf(memberId, memberMetadata) : memberId,
        clientId,
        host: clientHost,
        partitions: isConsumer ? readAssignment(memberAssignment) : [],
      }
    }),
  }
}

function orderOf(memberId: string, metadata: Uint8Array): string {
  // There is none while the group is rebalancing.
  if (metadata.length === 0) return memberId
  const { userData } = decodeConsumerProtocol(consumerProtocolSubscription, metadata)
  return classicOrder(memberId, userData)
}

function readAssignment(bytes: Uint8Array): TopicPartition[] {
  // A member has none while the group is rebalancing.
  if (bytes.length === 0) return []
  const { assignedPartitions } = decodeConsumerProtocol(consumerProtocolAssignment, bytes)
  return assignedPartitions.flatMap(({ topic, partitions }) =>
    partitions.map((partition) => ({ topic, partition })),
  )
}

async function lagOf(
  cluster: Cluster,
  { id, members }: GroupMembers,
  options: OperationOptions,
): Promise<PartitionLag[]> {
  const committed = await fetchOffsets(cluster, { group: id }, options)
  const offsets = new Map(committed.map((entry) => [keyOf(entry), entry.offset]))
  const partitions = new Map<string, TopicPartition>()
  for (const partition of [...committed, ...members.flatMap((member) => member.partitions)]) {
    partitions.set(keyOf(partition), partition)
  }
  const lookUp = async (offset: Offset): Promise<Map<string, number>> => {
    const queries = [...partitions.values()].map((partition) => ({ ...partition, offset }))
    const found = await lookUpOffsets(cluster, queries, { ...options, mayLack: true })
    return new Map(found.map((entry) => [keyOf(entry), entry.offset]))
  }
  const [starts, ends] = await Promise.all([lookUp(Offset.earliest), lookUp(Offset.latest)])
  const lag = [...partitions].map(([key, { topic, partition }]) => {
    const offset = offsets.get(key) ?? null
    const start = starts.get(key)
    // A leader may have been elected between the two look-ups.
    const endOffset = start === undefined ? -1 : (ends.get(key) ?? -1)
    const next = Math.max(offset ?? 0, start ?? 0)
    const behind = endOffset < 0 ? -1 : Math.max(0, endOffset - next)
    return { topic, partition, offset, endOffset, lag: behind }
  })
  return lag.sort((a, b) => (a.topic === b.topic ? a.partition - b.partition : compare(a, b)))
}

function compare(a: TopicPartition, b: TopicPartition): number {
  return a.topic < b.topic ? -1 : 1
}

function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`
}

/** Returns the offsets that the group now goes on from. */
export async function resetOffsets(
  cluster: Cluster,
  { group, topic }: { readonly group: string; readonly topic: string },
  target: ResetTarget,
  options: OperationOptions,
): Promise<(TopicPartition & { readonly offset: number })[]> {
  const offsets = await targetOffsets(cluster, topic, target, options)
  try {
    await commitOffsets(cluster, { group }, offsets, options)
  } catch (error) {
    const isBusy = KafkaError.is(error) && error.code === 'rebalance_in_progress'
    if (!isBusy) throw error
    const message = `cannot reset group '${group}': it has members, which are to be stopped first`
    throw new BrokerError('NON_EMPTY_GROUP', message, { group, topic, cause: error })
  }
  return offsets
}

async function targetOffsets(
  cluster: Cluster,
  topic: string,
  target: ResetTarget,
  options: OperationOptions,
): Promise<(TopicPartition & { readonly offset: number })[]> {
  const isPlace = typeof target === 'string' || target instanceof Offset || target instanceof Date
  if (!isPlace) {
    const offsets = Object.entries(target).map(([partition, offset]) => ({
      topic,
      partition: wholeNumber('partition', Number(partition)),
      offset: wholeNumber('offset', offset),
    }))
    const partitions = offsets.map(({ partition }) => partition)
    await checkPartitions(cluster, { topic, partitions }, options)
    return offsets
  }
  const offset = toOffset('offset', target)
  const { partitions } = await currentTopic(cluster, topic, options)
  const queries = partitions.map((_, partition) => ({ topic, partition, offset }))
  const found = await lookUpOffsets(cluster, queries, options)
  const atEnd = found.filter((entry) => entry.offset < 0)
  // No record is as young as that: then the group begins with the next one.
  const ends = atEnd.map(({ partition }) => ({ topic, partition, offset: Offset.latest }))
  const latest = ends.length > 0 ? await lookUpOffsets(cluster, ends, options) : []
  return [...found.filter((entry) => entry.offset >= 0), ...latest]
    .map(({ partition, offset }) => ({ topic, partition, offset }))
    .sort((a, b) => a.partition - b.partition)
}

export async function deleteGroup(
  cluster: Cluster,
  group: string,
  options: OperationOptions,
): Promise<void> {
  const action = `delete group '${group}'`
  const task = { ...options, action, target: { group }, isRepeatable: false }
  await cluster.run(task, async ({ channel, signal }) => {
    const { results } = await channel.request(deleteGroups, { groupsNames: [group] }, { signal })
    for (const { errorCode, errorMessage } of results) {
      throwIfError(action, { errorCode, errorMessage, group })
    }
  })
}

/** Deletes the group's offsets in `topic`, so that it is as if it had never read it. */
export async function deleteGroupOffsets(
  cluster: Cluster,
  { group, topic }: { readonly group: string; readonly topic: string },
  options: OperationOptions & { readonly partitions?: readonly number[] },
): Promise<void> {
  const { partitions } = options
  if (partitions) await checkPartitions(cluster, { topic, partitions }, options)
  const committed = partitions ?? (await committedIn(cluster, { group, topic }, options))
  const action = `delete offsets of group '${group}'`
  const named = committed.map((partition) => ({ partitionIndex: partition }))
  const input = { groupId: group, topics: [{ name: topic, partitions: named }] }
  await cluster.run({ ...options, action, target: { group } }, async ({ channel, signal }) => {
    const answer = await channel.request(offsetDelete, input, { signal })
    throwIfError(action, { errorCode: answer.errorCode, group })
    for (const { partitions } of answer.topics) {
      for (const { partitionIndex: partition, errorCode } of partitions) {
        throwIfError(action, { errorCode, group, topic, partition })
      }
    }
  })
}

async function committedIn(
  cluster: Cluster,
  { group, topic }: { readonly group: string; readonly topic: string },
  options: OperationOptions,
): Promise<number[]> {
  const committed = await fetchOffsets(cluster, { group }, options)
  return committed.filter((entry) => entry.topic === topic).map(({ partition }) => partition)
}
