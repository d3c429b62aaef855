/**
 * AddPartitionsToTxn: makes partitions a part of a transaction, all or none. Versions 0–3; later
 * ones go from broker to broker.
 */

import type { addPartitionsToTxn } from '../../protocol/add-partitions-to-txn.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import type { Handler } from '../request-context.ts'
import { may, refused } from '../security/access.ts'
import { RequestError } from '../request-error.ts'
import { isInternalTopic } from '../topic-name.ts'
import { codeFor } from '../transactions/transaction-errors.ts'

const fencedVersion = 2

export const handleAddPartitionsToTxn: Handler<typeof addPartitionsToTxn> = async (
  request,
  context,
) => {
  const { broker, version } = context
  const { v3AndBelowTopics: requested } = request
  const producer = {
    producerId: request.v3AndBelowProducerId,
    producerEpoch: request.v3AndBelowProducerEpoch,
  }
  const isThere = (topic: string, partition: number): boolean => {
    return broker.topics.byName(topic)?.partitions[partition] !== undefined
  }
  const areAllThere = requested.every(({ name, partitions }) =>
    partitions.every((partition) => isThere(name, partition)),
  )
  const answer = (codeOf: (topic: string, partition: number) => number) => ({
    resultsByTopicV3AndBelow: requested.map(({ name, partitions }) => ({
      name,
      resultsByPartition: partitions.map((partitionIndex) => ({
        partitionIndex,
        partitionErrorCode: codeOf(name, partitionIndex),
      })),
    })),
  })
  const { v3AndBelowTransactionalId: transactionalId } = request
  if (!may(context, 'write', 'transactionalId', transactionalId)) {
    return answer(() => refused('transactionalId').errorCode)
  }
  const isOpen = (topic: string): boolean =>
    !isInternalTopic(topic) && may(context, 'write', 'topic', topic)
  const areAllOpen = requested.every(({ name }) => isOpen(name))
  if (!areAllThere || !areAllOpen) {
    return answer((topic, partition) => {
      if (!isOpen(topic)) return errorCodes.TOPIC_AUTHORIZATION_FAILED
      if (!isThere(topic, partition)) return errorCodes.UNKNOWN_TOPIC_OR_PARTITION
      return errorCodes.OPERATION_NOT_ATTEMPTED
    })
  }
  try {
    if (transactionalId === '') {
      throw new RequestError('INVALID_REQUEST', 'The transactional id is empty.')
    }
    const added = new Map(requested.map(({ name, partitions }) => [name, new Set(partitions)]))
    await broker.transactions.addPartitions(transactionalId, producer, added)
    return answer(() => errorCodes.NONE)
  } catch (error) {
    const code = codeFor(error, { knowsFenced: version >= fencedVersion })
    return answer(() => code)
  }
}
