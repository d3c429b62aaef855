/**
 * Fetch: record batches as they are in the log. Where there is not enough yet, the answer waits, but
 * no longer than the client allows.
 *
 * Sessions (KIP-227) are answered with session id 0, which tells a client to send whole requests.
 */

import { zeroUuid } from '../../bytes/uuid.ts'
import { LogError } from '../../log/log-error.ts'
import type { PartitionLog } from '../../log/partition-log.ts'
import type { RequestOf, ResponseInputOf } from '../../protocol/api.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import type { fetch } from '../../protocol/fetch.ts'
import type { Handler, RequestContext } from '../request-context.ts'

type Request = RequestOf<typeof fetch>
type Response = ResponseInputOf<typeof fetch>
type TopicRequest = Request['topics'][number]
type PartitionRequest = TopicRequest['partitions'][number]
type PartitionResponse = Response['responses'][number]['partitions'][number]

const readCommitted = 1
const noRecords = new Uint8Array(0)

export const handleFetch: Handler<typeof fetch> = (request, context) => {
  if (request.replicaId >= 0 || request.replicaState.replicaId >= 0) {
    // Only a broker of the cluster may fetch as a replica, and there is no other.
    return { errorCode: errorCodes.NOT_LEADER_OR_FOLLOWER, responses: [] }
  }
  const round = readAll(request, context)
  if (round.isComplete || request.maxWaitMs <= 0) return round.response
  return waitForMore(request, context, round)
}

interface Round {
  readonly response: Response
  /** Whether there is enough to answer, or an error that the client should hear of at once. */
  readonly isComplete: boolean
  /** The logs that may bring more. */
  readonly logs: readonly PartitionLog[]
}

function readAll(request: Request, context: RequestContext): Round {
  const { topics, options } = context.broker
  const logs: PartitionLog[] = []
  let leftBytes = Math.min(request.maxBytes, options.fetchMaxBytes)
  let readBytes = 0
  let hasError = false
  const responses = request.topics.map((topic) => {
    const isById = topic.topicId !== zeroUuid
    const found = isById ? topics.byId(topic.topicId) : topics.byName(topic.topic)
    const partitions = topic.partitions.map((partition) => {
      const log = found?.partitions[partition.partition]
      if (!log) {
        hasError = true
        const isUnknownId = isById && !found
        const error = isUnknownId ? 'UNKNOWN_TOPIC_ID' : 'UNKNOWN_TOPIC_OR_PARTITION'
        return failed(partition.partition, errorCodes[error])
      }
      logs.push(log)
      const isCommitted = request.isolationLevel === readCommitted
      const response = readOne(log, partition, {
        maxBytes: Math.min(partition.partitionMaxBytes, leftBytes),
        // Something must come, else a batch over the limit would block its reader for ever.
        minOneBatch: readBytes === 0,
        isCommitted,
      })
      if (response.errorCode !== errorCodes.NONE) hasError = true
      readBytes += response.records?.length ?? 0
      leftBytes -= response.records?.length ?? 0
      return response
    })
    return { topic: topic.topic, topicId: topic.topicId, partitions }
  })
  const isComplete = hasError || readBytes >= request.minBytes || logs.length === 0
  return { response: { responses }, isComplete, logs }
}

interface ReadLimits {
  readonly maxBytes: number
  readonly minOneBatch: boolean
  readonly isCommitted: boolean
}

function readOne(
  log: PartitionLog,
  { partition, fetchOffset, currentLeaderEpoch }: PartitionRequest,
  { maxBytes, minOneBatch, isCommitted }: ReadLimits,
): PartitionResponse {
  if (currentLeaderEpoch > 0) return failed(partition, errorCodes.UNKNOWN_LEADER_EPOCH)
  const { startOffset, highWatermark, lastStableOffset } = log
  const state = {
    partitionIndex: partition,
    highWatermark,
    lastStableOffset,
    logStartOffset: startOffset,
  }
  if (fetchOffset < startOffset || fetchOffset > log.endOffset) {
    return { ...state, errorCode: errorCodes.OFFSET_OUT_OF_RANGE, records: noRecords }
  }
  let records = noRecords
  let nextOffset = fetchOffset
  if (maxBytes > 0 || minOneBatch) {
    const upTo = isCommitted ? 'lastStable' : 'highWatermark'
    try {
      const read = log.read({ offset: fetchOffset, maxBytes, minOneBatch, upTo })
      records = read.records as Uint8Array<ArrayBuffer>
      nextOffset = read.nextOffset
    } catch (error) {
      if (!(error instanceof LogError)) throw error
      return { ...state, errorCode: errorCodes[error.errorName], records: noRecords }
    }
  }
  const aborted = isCommitted ? log.abortedTransactions(fetchOffset, nextOffset) : null
  return {
    ...state,
    errorCode: errorCodes.NONE,
    abortedTransactions: aborted,
    records,
  }
}

function failed(partitionIndex: number, errorCode: number): PartitionResponse {
  return { partitionIndex, errorCode, records: noRecords }
}

/** Resolves when there is enough, when time is up, or when nobody waits for it any more. */
function waitForMore(
  request: Request,
  context: RequestContext,
  { logs }: Round,
): Promise<Response | undefined> {
  const { broker, peer } = context
  const { promise, resolve, reject } = Promise.withResolvers<Response | undefined>()
  const finish = (response: Response | undefined): void => {
    timer.cancel()
    for (const stop of stops) stop()
    peer.closed.removeEventListener('abort', onClosed)
    resolve(response)
  }
  const onClosed = (): void => finish(undefined)
  const timer = broker.clock.after(request.maxWaitMs, () => {
    finish(readAll(request, context).response)
  })
  const onAdvance = (): void => {
    try {
      const round = readAll(request, context)
      if (round.isComplete) finish(round.response)
    } catch (error) {
      finish(undefined)
      reject(error instanceof Error ? error : new Error(String(error)))
    }
  }
  const stops = logs.map((log) => log.onAdvance(onAdvance))
  peer.closed.addEventListener('abort', onClosed, { once: true })
  return promise
}
