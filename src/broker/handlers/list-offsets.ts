/** ListOffsets: where a partition starts and ends, and the first record from a time on. */

import type { PartitionLog } from '../../log/partition-log.ts'
import type { RequestOf, ResponseInputOf } from '../../protocol/api.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import type { listOffsets } from '../../protocol/list-offsets.ts'
import type { Codecs } from '../../record/compression.ts'
import type { Handler } from '../request-context.ts'
import { refusalOf } from '../request-error.ts'

type PartitionRequest = RequestOf<typeof listOffsets>['topics'][number]['partitions'][number]
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

const readCommitted = 1

export const handleListOffsets: Handler<typeof listOffsets> = (request, { broker }) => {
  const isCommitted = request.isolationLevel === readCommitted
  const twice = namedTwice(request.topics)
  const topics = request.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map((partition) => {
      const { partitionIndex } = partition
      // As in Kafka; and a thousand looks into one compressed batch would stop everybody.
      if (twice.has(`${partitionIndex} ${name}`)) {
        return { partitionIndex, errorCode: errorCodes.INVALID_REQUEST }
      }
      const log = broker.topics.byName(name)?.partitions[partitionIndex]
      if (!log) return { partitionIndex, errorCode: errorCodes.UNKNOWN_TOPIC_OR_PARTITION }
      return lookUp(log, partition, { isCommitted, codecs: broker.codecs })
    }),
  }))
  return { topics }
}

function namedTwice(topics: RequestOf<typeof listOffsets>['topics']): ReadonlySet<string> {
  const once = new Set<string>()
  const twice = new Set<string>()
  for (const { name, partitions } of topics) {
    for (const { partitionIndex } of partitions) {
      const partition = `${partitionIndex} ${name}`
      ;(once.has(partition) ? twice : once).add(partition)
    }
  }
  return twice
}

function lookUp(
  log: PartitionLog,
  { partitionIndex, timestamp, currentLeaderEpoch }: PartitionRequest,
  options: { readonly isCommitted: boolean; readonly codecs: Codecs },
): PartitionResponse {
  if (currentLeaderEpoch > 0) {
    return { partitionIndex, errorCode: errorCodes.UNKNOWN_LEADER_EPOCH }
  }
  if (timestamp < places.earliestPendingUpload) {
    return { partitionIndex, errorCode: errorCodes.UNSUPPORTED_VERSION }
  }
  try {
    const found = find(log, timestamp, options)
    const errorCode = errorCodes.NONE
    if (!found) return { partitionIndex, errorCode, timestamp: -1, offset: -1 }
    return { partitionIndex, errorCode, leaderEpoch: 0, ...found }
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
