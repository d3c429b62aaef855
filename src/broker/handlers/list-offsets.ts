/** ListOffsets: where a partition starts and ends, and the first record from a time on. */

import type { PartitionLog } from '../../log/partition-log.ts'
import type { RequestOf, ResponseInputOf } from '../../protocol/api.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import type { listOffsets } from '../../protocol/list-offsets.ts'
import type { Codecs } from '../../record/compression.ts'
import type { Handler, RequestContext } from '../request-context.ts'
import { may } from '../security/access.ts'
import { refusalOf } from '../request-error.ts'
import { refusalOfEpoch } from './leader-epoch.ts'
import { onceEach, type Named } from './once-each.ts'

type ListOffsetsRequest = RequestOf<typeof listOffsets>
type PartitionRequest = ListOffsetsRequest['topics'][number]['partitions'][number]
type PartitionResponse = ResponseInputOf<typeof listOffsets>['topics'][number]['partitions'][number]

/** Timestamps that mean a place instead of a time. */
const places = {
  latest: -1,
  earliest: -2,
  /** The record with the largest timestamp (KIP-734). */
  maxTimestamp: -3,
  /** The first record that is not in tiered storage, of which there is none here. */
  earliestLocal: -4,
  latestTiered: -5,
  earliestPendingUpload: -6,
} as const

/** The first version that knows each of these places, by its timestamp turned positive. */
const firstVersions: readonly number[] = [0, 0, 0, 7, 8, 9, 11]

const readCommitted = 1

export const handleListOffsets: Handler<typeof listOffsets> = (request, context) => {
  const behind = logsBehind(request.topics, context)
  if (behind.size === 0) return answer(request, context)
  // A log whose syncs fail says what it has.
  const synced = Array.from(behind, (log) => log.whenDurable(log.endOffset))
  return Promise.allSettled(synced).then(() => answer(request, context))
}

/**
 * Logs that have records which consumers do not see yet. Whoever has stored one with `acks=1` and
 * asks where the partition ends expects it to count, as with Apache Kafka: it is waited for.
 */
function logsBehind(
  topics: ListOffsetsRequest['topics'],
  { broker }: RequestContext,
): ReadonlySet<PartitionLog> {
  const behind = new Set<PartitionLog>()
  for (const { name, partitions } of topics) {
    const logs = broker.topics.byName(name)?.partitions
    for (const { partitionIndex } of partitions) {
      const log = logs?.[partitionIndex]
      if (log && log.highWatermark < log.endOffset) behind.add(log)
    }
  }
  return behind
}

function answer(
  request: ListOffsetsRequest,
  context: RequestContext,
): ResponseInputOf<typeof listOffsets> {
  const { broker, version } = context
  const isCommitted = request.isolationLevel === readCommitted
  const topics = partitionsByTopic(request.topics).map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ entry: { partition }, all }) => {
      const { partitionIndex, timestamp } = partition
      if (!may(context, 'describe', 'topic', name)) {
        return { partitionIndex, errorCode: errorCodes.TOPIC_AUTHORIZATION_FAILED }
      }
      // As in Kafka; and a thousand looks into one compressed batch would stop everybody.
      if (all.length > 1) return { partitionIndex, errorCode: errorCodes.INVALID_REQUEST }
      if (timestamp < 0 && version < (firstVersions[-timestamp] ?? Infinity)) {
        return { partitionIndex, errorCode: errorCodes.UNSUPPORTED_VERSION }
      }
      const log = broker.topics.byName(name)?.partitions[partitionIndex]
      if (!log) return { partitionIndex, errorCode: errorCodes.UNKNOWN_TOPIC_OR_PARTITION }
      return lookUp(log, partition, { isCommitted, codecs: broker.codecs })
    }),
  }))
  return { topics }
}

interface Asked {
  readonly name: string
  readonly partition: PartitionRequest
}

interface TopicAsked {
  readonly name: string
  readonly partitions: readonly Named<Asked>[]
}

/** A topic without partitions is not in the answer, and one partition is in it once. */
function partitionsByTopic(topics: ListOffsetsRequest['topics']): TopicAsked[] {
  const all = topics.flatMap(({ name, partitions }) => {
    return partitions.map((partition) => ({ name, partition }))
  })
  const keyOf = ({ name, partition }: Asked): string => `${partition.partitionIndex} ${name}`
  const byName = Map.groupBy(onceEach(all, keyOf), ({ entry }) => entry.name)
  return [...byName].map(([name, partitions]) => ({ name, partitions }))
}

function lookUp(
  log: PartitionLog,
  { partitionIndex, timestamp, currentLeaderEpoch }: PartitionRequest,
  options: { readonly isCommitted: boolean; readonly codecs: Codecs },
): PartitionResponse {
  const refusal = refusalOfEpoch(log, currentLeaderEpoch)
  if (refusal) return { partitionIndex, errorCode: errorCodes[refusal] }
  try {
    const found = find(log, timestamp, options)
    const errorCode = errorCodes.NONE
    if (!found) return { partitionIndex, errorCode, timestamp: -1, offset: -1 }
    return { partitionIndex, errorCode, leaderEpoch: log.epochs.at(found.offset), ...found }
  } catch (error) {
    return { partitionIndex, errorCode: refusalOf(error).errorCode }
  }
}

function find(
  log: PartitionLog,
  timestamp: number,
  { isCommitted, codecs }: { readonly isCommitted: boolean; readonly codecs: Codecs },
): { readonly timestamp: number; readonly offset: number } | undefined {
  const end = isCommitted ? log.lastStableOffset : log.highWatermark
  if (timestamp === places.latest) return { timestamp: -1, offset: end }
  if (timestamp === places.earliest || timestamp === places.earliestLocal) {
    return { timestamp: -1, offset: log.startOffset }
  }
  if (timestamp <= places.latestTiered) return undefined
  const found =
    timestamp === places.maxTimestamp
      ? log.maxTimestamp(codecs)
      : log.offsetForTimestamp(timestamp, codecs)
  return found && found.offset < end ? found : undefined
}
