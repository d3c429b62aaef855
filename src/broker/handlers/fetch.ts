/**
 * Fetch: record batches as they are in the log. Where there is not enough yet, the answer waits,
 * but no longer than the client allows.
 *
 * Sessions (KIP-227) are answered with session id 0, which tells a client to send whole requests.
 */

import { zeroUuid } from '../../bytes/uuid.ts'
import type { ReadOptions } from '../../log/log-requests.ts'
import type { PartitionLog } from '../../log/partition-log.ts'
import type { RequestOf, ResponseInputOf } from '../../protocol/api.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import type { fetch } from '../../protocol/fetch.ts'
import type { Logger } from '../../runtime/runtime.ts'
import type { Handler, RequestContext } from '../request-context.ts'
import type { TopicTraffic } from '../topic-table.ts'
import { may } from '../security/access.ts'
import { refusalOf } from '../request-error.ts'
import { refusalOfEpoch } from './leader-epoch.ts'

type Request = RequestOf<typeof fetch>
type Response = ResponseInputOf<typeof fetch>
type TopicRequest = Request['topics'][number]
type PartitionRequest = TopicRequest['partitions'][number]
type PartitionResponse = Response['responses'][number]['partitions'][number]

const readCommitted = 1
/** What is answered while too much waits to be read: a usual batch of one partition. */
const briefBytes = 1024 * 1024
const noRecords = new Uint8Array(0)

export const handleFetch: Handler<typeof fetch> = (asked, context) => {
  // What a client believes to be left of a session is not in its request.
  if (asked.sessionEpoch > 0) {
    return { errorCode: errorCodes.FETCH_SESSION_ID_NOT_FOUND, responses: [] }
  }
  const request = { ...asked, topics: withoutRepeats(asked.topics) }
  if (request.replicaId >= 0 || request.replicaState.replicaId >= 0) return notFollowed(request)
  const round = readAll(request, context)
  if (round.isComplete || request.maxWaitMs <= 0) return counted(round)
  return waitForMore(request, context, round)
}

/** Only a broker of the cluster may fetch as a replica, and there is no other. */
function notFollowed({ topics }: Request): Response {
  const { NOT_LEADER_OR_FOLLOWER } = errorCodes
  return {
    responses: topics.map(({ topic, topicId, partitions }) => ({
      topic,
      topicId,
      partitions: partitions.map(({ partition }) => failed(partition, NOT_LEADER_OR_FOLLOWER)),
    })),
  }
}

/** As in Kafka, a partition is read once, however often it is named. */
function withoutRepeats(topics: Request['topics']): Request['topics'] {
  if (topics.length === 1 && topics[0]!.partitions.length === 1) return topics
  const seen = new Map<string, Set<number>>()
  return topics.flatMap((topic) => {
    const key = topic.topicId === zeroUuid ? topic.topic : topic.topicId
    const indexes = seen.get(key) ?? new Set()
    seen.set(key, indexes)
    const partitions = topic.partitions.filter(({ partition }) => {
      const { size } = indexes
      return indexes.add(partition).size > size
    })
    return partitions.length > 0 ? [{ ...topic, partitions }] : []
  })
}

/** One partition of a request, and how far it was read. */
interface PartitionRead {
  readonly log: PartitionLog
  readonly partition: PartitionRequest
  /** The end of what this client may read. */
  limitOffset: number
  nextOffset: number
  /** Of what the last round read. */
  sizeBytes: number
  readonly traffic: TopicTraffic
}

interface Round {
  readonly response: Response
  /** Whether there is enough to answer, or an error that the client should hear of at once. */
  readonly isComplete: boolean
  readonly sizeBytes: number
  readonly reads: readonly PartitionRead[]
}

function readAll(request: Request, context: RequestContext): Round {
  const { topics, options, logger, requestQuotas } = context.broker
  const upTo = request.isolationLevel === readCommitted ? 'lastStable' : 'highWatermark'
  const reads: PartitionRead[] = []
  let leftBytes = Math.min(request.maxBytes, options.fetchMaxBytes)
  if (requestQuotas.isEnabled) leftBytes = Math.min(leftBytes, requestQuotas.fetchMaxBytes(context))
  if (context.peer.mustBeBrief?.()) leftBytes = Math.min(leftBytes, briefBytes)
  let sizeBytes = 0
  let hasError = false
  const responses = request.topics.map((topic) => {
    const isById = topic.topicId !== zeroUuid
    const found = isById ? topics.byId(topic.topicId) : topics.byName(topic.topic)
    const name = isById ? found?.name : topic.topic
    const isAllowed = name === undefined || may(context, 'read', 'topic', name)
    const partitions = topic.partitions.map((partition) => {
      if (!isAllowed) {
        hasError = true
        return failed(partition.partition, errorCodes.TOPIC_AUTHORIZATION_FAILED)
      }
      const log = found?.partitions[partition.partition]
      if (!found || !log) {
        hasError = true
        const isUnknownId = isById && !found
        const error = isUnknownId ? 'UNKNOWN_TOPIC_ID' : 'UNKNOWN_TOPIC_OR_PARTITION'
        return { ...failed(partition.partition, errorCodes[error]), abortedTransactions: [] }
      }
      const limitOffset = upTo === 'lastStable' ? log.lastStableOffset : log.highWatermark
      const { traffic } = found
      const nextOffset = partition.fetchOffset
      const read = { log, partition, limitOffset, nextOffset, sizeBytes: 0, traffic }
      const limits = {
        maxBytes: Math.min(partition.partitionMaxBytes, leftBytes),
        // Something must come, else a batch over the limit would block its reader for ever.
        minOneBatch: sizeBytes === 0,
        upTo,
      } as const
      const response = readOne(read, limits, logger)
      if (response.errorCode !== errorCodes.NONE) hasError = true
      else reads.push(read)
      read.sizeBytes = response.records!.length
      sizeBytes += read.sizeBytes
      leftBytes -= read.sizeBytes
      return response
    })
    return { topic: topic.topic, topicId: topic.topicId, partitions }
  })
  const isFull = sizeBytes >= request.minBytes || leftBytes <= 0 || reads.some(isCut)
  const isComplete = hasError || reads.length === 0 || isFull
  return { response: { responses }, isComplete, sizeBytes, reads }
}

/** Returns what is answered, and notes how much that is of each topic. */
function counted({ response, reads }: Round): Response {
  for (const { traffic, sizeBytes } of reads) traffic.fetchedBytes += sizeBytes
  return response
}

/** Whether a limit, not the end of the log, stopped the read: then waiting brings nothing more. */
function isCut({ partition, nextOffset, limitOffset }: PartitionRead): boolean {
  return nextOffset > partition.fetchOffset && nextOffset < limitOffset
}

type Limits = Pick<ReadOptions, 'maxBytes' | 'minOneBatch' | 'upTo'>

/** Reads one partition, and notes in `read` how far that was. */
function readOne(read: PartitionRead, limits: Limits, logger: Logger): PartitionResponse {
  const { log, partition: request } = read
  const { partition, fetchOffset } = request
  // Unlike elsewhere, all that is negative is none.
  const refusal = refusalOfEpoch(log, Math.max(request.currentLeaderEpoch, -1))
  if (refusal) return failed(partition, errorCodes[refusal])
  const { startOffset, highWatermark, lastStableOffset } = log
  if (fetchOffset < startOffset || fetchOffset > log.endOffset) {
    return failed(partition, errorCodes.OFFSET_OUT_OF_RANGE)
  }
  const state = {
    partitionIndex: partition,
    highWatermark,
    lastStableOffset,
    logStartOffset: startOffset,
  }
  const isCommitted = limits.upTo === 'lastStable'
  let records: Uint8Array = noRecords
  try {
    if (limits.maxBytes > 0 || limits.minOneBatch) {
      const result = log.read({ offset: fetchOffset, ...limits })
      records = result.records
      read.nextOffset = result.nextOffset
    }
    const aborted = isCommitted ? log.abortedTransactions(fetchOffset, read.nextOffset) : null
    return { ...state, errorCode: errorCodes.NONE, abortedTransactions: aborted, records }
  } catch (error) {
    const { errorCode, errorMessage } = refusalOf(error)
    if (errorCode === errorCodes.KAFKA_STORAGE_ERROR) {
      logger.error('records cannot be read', { partition, fetchOffset, errorMessage })
    }
    return { ...state, errorCode, records: noRecords }
  }
}

function failed(partitionIndex: number, errorCode: number): PartitionResponse {
  return { partitionIndex, errorCode, records: noRecords }
}

/** Resolves when there is enough, when time is up, or when nobody waits for it any more. */
function waitForMore(
  request: Request,
  context: RequestContext,
  round: Round,
): Promise<Response | undefined> {
  const { broker, peer } = context
  const { promise, resolve, reject } = Promise.withResolvers<Response | undefined>()
  const stop = (): void => {
    timer.cancel()
    for (const stopListening of stops) stopListening()
    peer.closed.removeEventListener('abort', onGone)
    broker.waiting.delete(answer)
  }
  const answer = (): void => {
    stop()
    try {
      resolve(counted(readAll(request, context)))
    } catch (error) {
      reject(error instanceof Error ? error : new Error(String(error)))
    }
  }
  const onGone = (): void => {
    stop()
    resolve(undefined)
  }
  const hasEnough = enoughFor(request, context, round)
  const timer = broker.clock.after(request.maxWaitMs, answer)
  // Once for each log, however often it is named: each call looks at all of them.
  const logs = new Set(round.reads.map(({ log }) => log))
  const stops = [...logs].map((log) => log.onAdvance(() => void (hasEnough() && answer())))
  peer.closed.addEventListener('abort', onGone, { once: true })
  broker.waiting.add(answer)
  if (peer.closed.aborted) onGone()
  return promise
}

/**
 * Returns a function that says whether an answer is due by now. It looks only at what is new since
 * it was last asked: to read all again after every small append would take longer and longer.
 */
function enoughFor(request: Request, { broker }: RequestContext, round: Round): () => boolean {
  const isCommitted = request.isolationLevel === readCommitted
  const upTo = isCommitted ? 'lastStable' : 'highWatermark'
  const { version } = broker.topics
  let { sizeBytes } = round
  return () => {
    // Topics were created or deleted since, perhaps one of these.
    if (broker.topics.version !== version) return true
    for (const read of round.reads) {
      const { log, nextOffset: offset, partition } = read
      read.limitOffset = isCommitted ? log.lastStableOffset : log.highWatermark
      if (read.limitOffset <= offset) continue
      if (request.minBytes <= 1) return true
      try {
        const maxBytes = partition.partitionMaxBytes
        const result = log.read({ offset, maxBytes, minOneBatch: true, upTo })
        sizeBytes += result.records.length
        read.nextOffset = result.nextOffset
      } catch {
        // Whatever is wrong, the answer is what tells the client.
        return true
      }
      if (sizeBytes >= request.minBytes || isCut(read)) return true
    }
    return false
  }
}
