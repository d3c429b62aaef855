/** What topics there are, as the records of `__cluster_metadata` tell it one after the other. */

import type { PartitionLog } from '../log/partition-log.ts'
import type { MetadataRecord } from '../protocol/records/metadata-record.ts'
import { collisionForm, isInternalTopic } from './topic-name.ts'

/** One topic, as it is now. */
export interface Topic {
  readonly name: string
  readonly id: string
  readonly isInternal: boolean
  /** Configs set for this topic, by Kafka's names. */
  readonly configs: ReadonlyMap<string, string>
  readonly partitions: readonly PartitionLog[]
  /** What the records say; `partitions` has fewer until the logs are open. */
  readonly partitionCount: number
  readonly traffic: TopicTraffic
}

/** Bytes of record batches that came from clients and were read for them, since the start. */
export interface TopicTraffic {
  producedBytes: number
  fetchedBytes: number
}

export class TopicState implements Topic {
  readonly name: string
  readonly id: string
  readonly isInternal: boolean
  readonly configs = new Map<string, string>()
  readonly partitions: PartitionLog[] = []
  /** By partition, of those that an Apache Kafka has led: its clients go on where it ended. */
  readonly leaderEpochs = new Map<number, number>()
  readonly traffic: TopicTraffic = { producedBytes: 0, fetchedBytes: 0 }
  partitionCount = 0

  constructor(name: string, id: string) {
    this.name = name
    this.id = id
    this.isInternal = isInternalTopic(name)
  }
}

/** Kafka's number for topics among the resources that have configs. */
export const topicResource = 2

interface PartitionFacts {
  readonly topicId: string
  readonly partitionId: number
  readonly leaderEpoch: number
}

interface LeaderChange {
  readonly topicId: string
  readonly partitionId: number
  readonly leader: number
}

/** In place of a leader. */
const unchanged = -2

export class TopicTable {
  readonly #byName = new Map<string, TopicState>()
  readonly #byId = new Map<string, TopicState>()
  readonly #collisionForms = new Set<string>()
  /**
   * Names of topics that were deleted, as far as they are known, by their ids. Not there any more
   * once nobody asks: they would add up.
   */
  #removed: Map<string, string | undefined> | undefined = new Map()
  #partitionCount = 0
  #version = 0

  /** Another number after every change of what topics there are, or of their partitions. */
  get version(): number {
    return this.#version
  }

  /** Partitions of all topics together. */
  get partitionCount(): number {
    return this.#partitionCount
  }

  byName(name: string): TopicState | undefined {
    return this.#byName.get(name)
  }

  byId(id: string): TopicState | undefined {
    return this.#byId.get(id)
  }

  all(): Iterable<TopicState> {
    return this.#byName.values()
  }

  /** Whether there is a topic whose name is this one but for '.' and '_'. */
  hasLookalike(name: string): boolean {
    return this.#collisionForms.has(collisionForm(name))
  }

  /** Whether a topic has this id, or had it. */
  knowsId(id: string): boolean {
    return this.#byId.has(id) || (this.#removed?.has(id) ?? false)
  }

  /** Whether this topic was deleted: what is left of it on the disk is rubbish. */
  wasRemoved(id: string, name: string): boolean {
    return this.#removed?.has(id) === true && (this.#removed.get(id) ?? name) === name
  }

  /** Remembers no longer which topics were deleted: what a start has found is dealt with. */
  forgetRemoved(): void {
    this.#removed = undefined
  }

  /** Takes over what a record says. Returns the topic that it is about, if there is one. */
  apply({ type, value }: MetadataRecord): TopicState | undefined {
    if (type === 'topicRecord') return this.#add(value.name, value.topicId)
    if (type === 'partitionRecord') return this.#addPartition(value)
    if (type === 'partitionChangeRecord') this.#changeLeader(value)
    if (type === 'removeTopicRecord') return this.#remove(value.topicId)
    if (type !== 'configRecord' || value.resourceType !== topicResource) return undefined
    const topic = this.#byName.get(value.resourceName)
    if (value.value === null) topic?.configs.delete(value.name)
    else topic?.configs.set(value.name, value.value)
    return topic
  }

  #add(name: string, id: string): TopicState {
    const topic = new TopicState(name, id)
    this.#byName.set(name, topic)
    this.#byId.set(id, topic)
    this.#collisionForms.add(collisionForm(name))
    this.#version++
    return topic
  }

  #addPartition({ topicId, partitionId, leaderEpoch }: PartitionFacts): TopicState | undefined {
    const topic = this.#byId.get(topicId)
    if (!topic) return undefined
    if (leaderEpoch > 0) topic.leaderEpochs.set(partitionId, leaderEpoch)
    topic.partitionCount++
    this.#partitionCount++
    this.#version++
    return topic
  }

  /** A new leader, or none, is an epoch of its own, which the record does not say. */
  #changeLeader({ topicId, partitionId, leader }: LeaderChange): void {
    const epochs = this.#byId.get(topicId)?.leaderEpochs
    if (leader !== unchanged) epochs?.set(partitionId, (epochs.get(partitionId) ?? 0) + 1)
  }

  #remove(topicId: string): TopicState | undefined {
    const topic = this.#byId.get(topicId)
    this.#removed?.set(topicId, topic?.name)
    if (!topic) return undefined
    this.#byId.delete(topicId)
    this.#byName.delete(topic.name)
    this.#collisionForms.delete(collisionForm(topic.name))
    this.#partitionCount -= topic.partitionCount
    this.#version++
    return topic
  }
}
