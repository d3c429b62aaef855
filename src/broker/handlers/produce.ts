/**
 * Produce: appends record batches to partitions. What the acknowledgement means is up to `acks`:
 * -1 that the records are durable, 1 that the operating system has them, 0 that none is wanted.
 */

import { zeroUuid } from '../../bytes/uuid.ts'
import { LogError } from '../../log/log-error.ts'
import type { PartitionLog } from '../../log/partition-log.ts'
import { RefusedRequestError } from '../../connection/request-handler.ts'
import type { RequestOf, ResponseInputOf } from '../../protocol/api.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import type { produce } from '../../protocol/produce.ts'
import * as batchAttributes from '../../record/batch-attributes.ts'
import * as batchLayout from '../../record/batch-layout.ts'
import { batchHeaderBytes, batchPrefixBytes } from '../../record/batch.ts'
import { RequestError, refusalOf } from '../request-error.ts'
import type { Handler, RequestContext } from '../request-context.ts'
import type { Topic } from '../topic-table.ts'
import { may, refused as notAllowed } from '../security/access.ts'
import { admitTransaction, isOfTransaction } from '../transactions/admit-transaction.ts'

type Request = RequestOf<typeof produce>
type Response = ResponseInputOf<typeof produce>
type TopicRequest = Request['topicData'][number]
type PartitionRequest = TopicRequest['partitionData'][number]
type PartitionResponse = Response['responses'][number]['partitionResponses'][number]

const zstd = 4
const firstVersionById = 13
/** Clients before this version do not know zstd, so none may get it there (KIP-110). */
const zstdVersion = 7

export const handleProduce: Handler<typeof produce> = (request, context) => {
  const { acks, topicData } = request
  /** What `acks=all` waits for, and the answers that it may turn into failures. */
  const pending: Promise<void>[] = []
  // As in Kafka, a topic without partitions is not in the answer.
  const topics = topicData.filter(({ partitionData }) => partitionData.length > 0)
  const forbidden = refusalOfTransaction(request, context)
  const responses = topics.map((topic) => {
    const target = forbidden ?? refusalOfTopic(topic, context) ?? targetOf(topic, context)
    if (target instanceof RequestError) {
      const partitionResponses = topic.partitionData.map(({ index }) => refused(index, target))
      return { name: topic.name, topicId: topic.topicId, partitionResponses }
    }
    const { name, partitions: logs, traffic } = target
    const refusal = refusalOfWrites(target, acks)
    const partitionResponses = topic.partitionData.map((partition) => {
      const log = logs[partition.index]
      if (!log) return refused(partition.index, unknownPartition(name, partition.index))
      if (refusal) return refused(partition.index, refusal)
      try {
        checkRecords(partition, context.version)
        const started = admitTransaction(request, { topic: name, partition }, context)
        const { response, lastOffset } = append(log, partition)
        traffic.producedBytes += partition.records!.length
        if (acks === -1) {
          const durable = whenDurable(log, lastOffset + 1, started)
          if (durable) pending.push(untilDurable(durable, response))
        }
        return response
      } catch (error) {
        return refused(partition.index, error)
      }
    })
    return { name: topic.name, topicId: topic.topicId, partitionResponses }
  })
  if (acks === 0) return afterNoAcks(responses)
  const response = { responses }
  if (pending.length === 0) return response
  if (pending.length === 1) return pending[0]!.then(() => response)
  return Promise.all(pending).then(() => response)
}

/** A request with batches of a transaction that the client may not write is refused as a whole. */
function refusalOfTransaction(
  { transactionalId, topicData }: Request,
  context: RequestContext,
): RequestError | undefined {
  if (transactionalId === null || may(context, 'write', 'transactionalId', transactionalId)) {
    return undefined
  }
  const isTransactional = topicData.some(({ partitionData }) =>
    partitionData.some(({ records }) => records !== null && isOfTransaction(records)),
  )
  return isTransactional ? notAllowed('transactionalId') : undefined
}

/** Once for each topic, not for each partition: this is asked of every request. */
function refusalOfTopic(
  { name, topicId }: TopicRequest,
  context: RequestContext,
): RequestError | undefined {
  const { authorizer, topics } = context.broker
  if (!authorizer.isEnforced) return undefined
  const known = topicId === zeroUuid ? name : topics.byId(topicId)?.name
  if (known === undefined || may(context, 'write', 'topic', known)) return undefined
  return notAllowed('topic')
}

/** Returns the topic, or why it is not found. */
function targetOf(
  { name, topicId }: TopicRequest,
  { broker: { topics }, version }: RequestContext,
): Topic | RequestError {
  const isById = topicId !== zeroUuid || version >= firstVersionById
  const found = isById ? topics.byId(topicId) : topics.byName(name)
  if (!found && isById) return new RequestError('UNKNOWN_TOPIC_ID', `no topic with id ${topicId}`)
  return found ?? new RequestError('UNKNOWN_TOPIC_OR_PARTITION', `no topic '${name}'`)
}

/** Why nothing can be written to any partition of a topic, where it is so. */
function refusalOfWrites({ name, isInternal }: Topic, acks: number): RequestError | undefined {
  if (acks < -1 || acks > 1) return badAcks(acks)
  if (!isInternal) return undefined
  const message = `topic '${name}' is written by the broker alone`
  return new RequestError('INVALID_TOPIC_EXCEPTION', message)
}

function unknownPartition(name: string, partition: number): RequestError {
  return new RequestError('UNKNOWN_TOPIC_OR_PARTITION', `no partition ${name}-${partition}`)
}

function checkRecords({ records }: PartitionRequest, version: number): void {
  if (records === null || records.length === 0) {
    throw new RequestError('INVALID_RECORD', 'a produce request without records')
  }
  if (!isOneBatch(records)) {
    const message = 'the records of a partition must be exactly one batch'
    throw new RequestError('INVALID_RECORD', message)
  }
  const codec = (records[batchLayout.attributes + 1] ?? 0) & batchAttributes.compressionMask
  if (version < zstdVersion && codec === zstd) {
    const message = `zstd may not be used in version ${version} of a produce request`
    throw new RequestError('UNSUPPORTED_COMPRESSION_TYPE', message)
  }
}

/** Since record batches v2, a client sends one to a partition at a time. */
function isOneBatch(records: Uint8Array): boolean {
  if (records.length < batchHeaderBytes) return false
  const view = new DataView(records.buffer, records.byteOffset, records.length)
  const sizeBytes = view.getInt32(batchLayout.batchLength) + batchPrefixBytes
  // What is too short for a batch is damage of another kind, which the log tells of.
  return sizeBytes < batchHeaderBytes || sizeBytes === records.length
}

interface MutablePartitionResponse {
  index: number
  errorCode: number
  baseOffset: number
  logAppendTimeMs: number
  logStartOffset: number
  errorMessage: string | null
}

function append(
  log: PartitionLog,
  { index, records }: PartitionRequest,
): { response: MutablePartitionResponse; lastOffset: number } {
  const appended = log.append(records!, { origin: 'client', leaderEpoch: log.epochs.current })
  const response = {
    index,
    errorCode: errorCodes.NONE,
    baseOffset: appended.baseOffset,
    logAppendTimeMs: appended.logAppendTimeMs,
    logStartOffset: appended.startOffset,
    errorMessage: null,
  }
  return { response, lastOffset: appended.lastOffset }
}

/**
 * Returns what an acknowledgement waits for: often nothing, and then there is no promise. Consumers
 * that wait for the records get them first, since they have more to do with them.
 */
function whenDurable(
  log: PartitionLog,
  offset: number,
  started: Promise<void> | undefined,
): Promise<void> | undefined {
  if (log.isSettled(offset)) return started
  const durable = log.whenDurable(offset)
  return started ? both(started, durable) : durable
}

/** Resolves when the records are durable; where they never will be, `response` says so. */
function untilDurable(durable: Promise<void>, response: MutablePartitionResponse): Promise<void> {
  return durable.catch((error: unknown) => {
    const { errorCode, errorMessage } = refusalOf(error)
    response.errorCode = errorCode
    response.errorMessage = errorMessage
    response.baseOffset = -1
  })
}

function refused(index: number, error: unknown): PartitionResponse {
  const { errorCode, errorMessage } = refusalOf(error)
  // Which records are to blame tells clients that the others may be sent again (KIP-467).
  const recordIndexes = error instanceof LogError ? error.recordIndexes : []
  const recordErrors = recordIndexes.map((batchIndex) => {
    return { batchIndex, batchIndexErrorMessage: errorMessage }
  })
  return { index, errorCode, errorMessage, recordErrors }
}

/** There is no answer that could carry an error, so the connection ends, as with Kafka. */
function afterNoAcks(responses: Response['responses']): undefined {
  for (const { partitionResponses } of responses) {
    for (const { errorCode, errorMessage } of partitionResponses) {
      if (errorCode === errorCodes.NONE) continue
      throw new RefusedRequestError(`produce with acks=0 failed: ${errorMessage}`)
    }
  }
}

function badAcks(acks: number): RequestError {
  return new RequestError('INVALID_REQUIRED_ACKS', `acks is ${acks}, it must be -1, 0 or 1`)
}

async function both(first: Promise<void>, second: Promise<void>): Promise<void> {
  await Promise.all([first, second])
}
