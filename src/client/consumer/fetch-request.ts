/** What one fetch asks for, and whose its answers are. */

import { zeroUuid } from '../../bytes/uuid.ts'
import type { FetchRequestInput, FetchResponse } from '../../protocol/fetch.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { isolationLevel, type Isolation } from '../cluster/offset-lookup.ts'
import type { AssignedPartition } from './assigned-partition.ts'

export interface FetcherOptions {
  readonly fetchMinBytes: number
  readonly fetchMaxWaitMs: number
  readonly fetchMaxBytes: number
  /** Of one partition in one response, so that others get their turn. */
  readonly maxPartitionFetchBytes: number
  readonly isolation: Isolation
}

/**
 * A near broker answers before the program is done with a megabyte. So much is still in the caches
 * of the processor when it is looked at, and its memory is soon used again: a tenth less work, and
 * a third less memory, than if each partition took all that it may. A far one is worth waiting for.
 */
const nearMs = 2
const nearAnswerBytes = 1024 * 1024
/** Of less, what is around the records takes longer than they do. */
const partitionMinBytes = 64 * 1024

export interface Requested {
  readonly partition: AssignedPartition
  readonly round: number
  readonly position: number
}

/** Later ones name topics by ids, which clusters from before Apache Kafka 2.8 do not have. */
const lastVersionByName = 12

export function requestFor(partition: AssignedPartition): Requested {
  return { partition, round: partition.round, position: partition.position }
}

/** Returns which versions can tell the topics of `requested`. */
export function versionsFor(requested: readonly Requested[]): { readonly maxVersion?: number } {
  const hasIds = requested.every(({ partition }) => partition.topicId !== zeroUuid)
  return hasIds ? {} : { maxVersion: lastVersionByName }
}

export function fetchInput(
  requested: readonly Requested[],
  options: FetcherOptions & { readonly roundTripMs: number },
  cluster: Pick<Cluster, 'currentLeaderEpoch'>,
): FetchRequestInput {
  const partitionMaxBytes = partitionBytes(requested.length, options)
  const byTopic = Map.groupBy(requested, ({ partition: { topic, topicId } }) => topic + topicId)
  return {
    maxWaitMs: options.fetchMaxWaitMs,
    minBytes: options.fetchMinBytes,
    maxBytes: options.fetchMaxBytes,
    isolationLevel: isolationLevel(options.isolation),
    topics: [...byTopic.values()].map((ofTopic) => ({
      topic: ofTopic[0]!.partition.topic,
      topicId: ofTopic[0]!.partition.topicId!,
      partitions: ofTopic.map(({ partition: { topic, partition }, position: fetchOffset }) => ({
        partition,
        fetchOffset,
        currentLeaderEpoch: cluster.currentLeaderEpoch(topic, partition),
        partitionMaxBytes,
      })),
    })),
  }
}

/** Returns how much to take of each of `count` partitions. */
function partitionBytes(
  count: number,
  { roundTripMs, maxPartitionFetchBytes }: Parameters<typeof fetchInput>[1],
): number {
  if (roundTripMs > nearMs) return maxPartitionFetchBytes
  const share = Math.floor(nearAnswerBytes / count)
  return Math.min(Math.max(share, partitionMinBytes), maxPartitionFetchBytes)
}

/**
 * Returns who has asked for what is answered. Answers come in the order of requests, as a rule: who
 * has not is put last in `requested`, so that whoever is next is there at once.
 */
export function askedFor(
  requested: Requested[],
  { topic, topicId }: Pick<FetchResponse['responses'][number], 'topic' | 'topicId'>,
  partitionIndex: number,
): Requested | undefined {
  for (let left = requested.length; left > 0; left--) {
    const first = requested[0]!
    const { partition } = first
    if (
      partition.partition === partitionIndex &&
      (topic ? partition.topic === topic : partition.topicId === topicId)
    ) {
      return first
    }
    requested.push(requested.shift()!)
  }
  return undefined
}

/** Whether an answer is still of use: not after a seek, or when the partition is another's. */
export function isCurrent({ partition, round, position }: Requested): boolean {
  const { state } = partition
  return state === 'owned' && partition.round === round && partition.position === position
}
