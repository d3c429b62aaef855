/** The offsets that groups have committed, by group, topic and partition, and their records. */

import { zeroUuid } from '../../bytes/uuid.ts'
import {
  offsetCommitKey,
  offsetCommitValue,
  type OffsetCommitKey,
} from '../../protocol/records/classic-group-records.ts'
import { decodeValue, encodeKey, encodeValue } from '../../protocol/records/record-schema.ts'
import type { StateRecord } from '../state-log.ts'

export interface CommittedOffset {
  readonly offset: number
  readonly leaderEpoch: number
  readonly metadata: string
  readonly commitTimestampMs: number
  /** Until when the client wants it kept; -1 where that is for the broker to say. */
  readonly expireTimestampMs: number
  /** The topic that was read; one of the same name may have come later. `zeroUuid`: not known. */
  readonly topicId: string
}

export interface CommittedPartition {
  readonly topic: string
  readonly partition: number
  /** `null` removes what was committed. */
  readonly committed: CommittedOffset | null
}

/** The version of Kafka's schema that has the topic id, as a tagged field. */
const valueVersion = 4
/** The only one that says when the offset expires: newer clients cannot ask for that (KIP-211). */
const expiringVersion = 1

export function recordOf(
  group: string,
  { topic, partition, committed }: CommittedPartition,
): StateRecord {
  const key = encodeKey(offsetCommitKey, { group, topic, partition })
  if (committed === null) return { key, value: null }
  const { commitTimestampMs, expireTimestampMs, ...rest } = committed
  const version = expireTimestampMs === -1 ? valueVersion : expiringVersion
  const timestamps = { commitTimestamp: commitTimestampMs, expireTimestamp: expireTimestampMs }
  return { key, value: encodeValue(offsetCommitValue, { ...rest, ...timestamps }, version) }
}

export function committedOf(value: Uint8Array): CommittedOffset {
  const { commitTimestamp, expireTimestamp, ...rest } = decodeValue(offsetCommitValue, value)
  return { ...rest, commitTimestampMs: commitTimestamp, expireTimestampMs: expireTimestamp }
}

type ByPartition = ReadonlyMap<number, CommittedOffset>
export type CommittedByTopic = ReadonlyMap<string, ByPartition>

export class CommittedOffsets {
  readonly #groups = new Map<string, Map<string, Map<number, CommittedOffset>>>()

  has(groupId: string): boolean {
    return this.#groups.has(groupId)
  }

  countOf(groupId: string): number {
    let count = 0
    for (const partitions of this.of(groupId).values()) count += partitions.size
    return count
  }

  groupIds(): Iterable<string> {
    return this.#groups.keys()
  }

  of(groupId: string): CommittedByTopic {
    return this.#groups.get(groupId) ?? new Map<string, ByPartition>()
  }

  get(groupId: string, topic: string, partition: number): CommittedOffset | undefined {
    return this.#groups.get(groupId)?.get(topic)?.get(partition)
  }

  /** Applies a record that was decoded, or decided. */
  apply(groupId: string, { topic, partition, committed }: CommittedPartition): void {
    if (committed === null) this.#remove({ group: groupId, topic, partition })
    else this.#put({ group: groupId, topic, partition }, committed)
  }

  /** Returns what removes everything that `isUnwanted` is true for, by group. */
  removals(
    isUnwanted: (topic: string, committed: CommittedOffset) => boolean,
  ): Map<string, CommittedPartition[]> {
    const removals = new Map<string, CommittedPartition[]>()
    for (const groupId of this.#groups.keys()) {
      const ofGroup = this.removalsOf(groupId, isUnwanted)
      if (ofGroup.length > 0) removals.set(groupId, ofGroup)
    }
    return removals
  }

  /** As `removals`, of all that was committed of `topic`: nothing else is looked at. */
  removalsOfTopic(topic: string): Map<string, CommittedPartition[]> {
    const removals = new Map<string, CommittedPartition[]>()
    for (const [groupId, topics] of this.#groups) {
      const partitions = [...(topics.get(topic)?.keys() ?? [])]
      if (partitions.length === 0) continue
      removals.set(
        groupId,
        partitions.map((partition) => ({ topic, partition, committed: null })),
      )
    }
    return removals
  }

  removalsOf(
    groupId: string,
    isUnwanted: (topic: string, committed: CommittedOffset, partition: number) => boolean = () =>
      true,
  ): CommittedPartition[] {
    const removals: CommittedPartition[] = []
    for (const [topic, partitions] of this.of(groupId)) {
      for (const [partition, committed] of partitions) {
        if (isUnwanted(topic, committed, partition))
          removals.push({ topic, partition, committed: null })
      }
    }
    return removals
  }

  #put({ group, topic, partition }: OffsetCommitKey, committed: CommittedOffset): void {
    const topics = this.#groups.get(group) ?? new Map<string, Map<number, CommittedOffset>>()
    const partitions = topics.get(topic) ?? new Map<number, CommittedOffset>()
    partitions.set(partition, committed)
    topics.set(topic, partitions)
    this.#groups.set(group, topics)
  }

  #remove({ group, topic, partition }: OffsetCommitKey): void {
    const topics = this.#groups.get(group)
    const partitions = topics?.get(topic)
    if (!topics || !partitions?.delete(partition)) return
    if (partitions.size === 0) topics.delete(topic)
    if (topics.size === 0) this.#groups.delete(group)
  }
}

/** Whether `committed` is of a topic that is gone, where `currentId` is that of its name now. */
export function isOfFormerTopic(
  { topicId }: CommittedOffset,
  currentId: string | undefined,
): boolean {
  return topicId !== zeroUuid && topicId !== currentId
}
