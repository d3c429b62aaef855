/**
 * TxnOffsetCommit: stores how far a group has read, as a part of a transaction. Versions 0–5; from
 * 5 on the group becomes a part of the transaction by this (KIP-890).
 */

import { errorCodes } from '../../protocol/error-codes.ts'
import type {
  txnOffsetCommit,
  TxnOffsetCommitRequest,
  TxnOffsetCommitResponseInput,
} from '../../protocol/txn-offset-commit.ts'
import type { Handler, RequestContext } from '../request-context.ts'
import { may, partByTopic, refused as notAllowed, refusedTopics } from '../security/access.ts'
import { RequestError } from '../request-error.ts'
import { consumerOffsetsTopic, offsetsPartition } from '../topic-name.ts'
import { codeFor } from '../transactions/transaction-errors.ts'

const fencedVersion = 2
const abortableVersion = 4
const implicitVersion = 5

export const handleTxnOffsetCommit: Handler<typeof txnOffsetCommit> = async (request, context) => {
  const { broker, version } = context
  const { transactionalId, groupId } = request
  const { transactions, groups } = broker
  let started: Promise<void> | undefined
  const whole = refusalOfWhole(request, context)
  if (whole) return { topics: answered(request.topics, () => whole.errorCode) }
  const { allowed, others } = partByTopic(context, 'read', request.topics, ({ name }) => name)
  const hidden = refusedTopics(others)
  const isThere = (topic: string, partition: number): boolean =>
    broker.topics.byName(topic)?.partitions[partition] !== undefined
  const refused = (code: number): TxnOffsetCommitResponseInput => {
    const codeOf = (topic: string, partition: number): number =>
      isThere(topic, partition) ? code : errorCodes.UNKNOWN_TOPIC_OR_PARTITION
    return { topics: [...answered(allowed, codeOf), ...hidden] }
  }
  const isAnyThere = allowed.some(({ name, partitions }) =>
    partitions.some(({ partitionIndex }) => isThere(name, partitionIndex)),
  )
  // Nothing is left that the producer or the group could be asked for.
  if (!isAnyThere) return refused(errorCodes.NONE)
  try {
    if (transactionalId === '') {
      throw new RequestError('INVALID_REQUEST', 'The transactional id is empty.')
    }
    if (groupId === '') throw new RequestError('INVALID_GROUP_ID', 'The group id is empty.')
    if (version >= implicitVersion) {
      started = transactions.addPartitions(transactionalId, request, offsetsPartition)
    } else {
      const place = { topic: consumerOffsetsTopic, partition: 0 }
      transactions.checkPartition(transactionalId, request, place)
    }
    const committed = groups.commitInTransaction({ ...request, topics: [...allowed] })
    const [answer] = await Promise.all([committed, started])
    return { ...answer, topics: [...answer.topics, ...hidden] }
  } catch (error) {
    const knowsFenced = version >= fencedVersion
    const code = codeFor(error, { knowsFenced, knowsAbortable: version >= abortableVersion })
    return refused(code)
  }
}

function refusalOfWhole(
  { transactionalId, groupId }: TxnOffsetCommitRequest,
  context: RequestContext,
): RequestError | undefined {
  if (!may(context, 'write', 'transactionalId', transactionalId)) {
    return notAllowed('transactionalId')
  }
  return may(context, 'read', 'group', groupId) ? undefined : notAllowed('group')
}

function answered(
  topics: readonly TxnOffsetCommitRequest['topics'][number][],
  codeOf: (topic: string, partition: number) => number,
): TxnOffsetCommitResponseInput['topics'][number][] {
  return topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex }) => {
      return { partitionIndex, errorCode: codeOf(name, partitionIndex) }
    }),
  }))
}
