/**
 * TxnOffsetCommit: stores how far a group has read, as a part of a transaction. Versions 0–5; from
 * 5 on the group becomes a part of the transaction by this (KIP-890).
 */

import type {
  txnOffsetCommit,
  TxnOffsetCommitResponseInput,
} from '../../protocol/txn-offset-commit.ts'
import type { Handler } from '../request-context.ts'
import { checkMay, partByTopic, refusedTopics } from '../security/access.ts'
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
  const { allowed, others } = partByTopic(context, 'read', request.topics, ({ name }) => name)
  const hidden = refusedTopics(others)
  try {
    checkMay(context, 'write', 'transactionalId', transactionalId)
    checkMay(context, 'read', 'group', groupId)
    if (allowed.length === 0 && hidden.length > 0) return { topics: hidden }
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
    return refused(request.topics, code)
  }
}

function refused(
  topics: readonly { name: string; partitions: readonly { partitionIndex: number }[] }[],
  errorCode: number,
): TxnOffsetCommitResponseInput {
  return {
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
    })),
  }
}
