/**
 * AddPartitionsToTxn: makes partitions a part of a transaction, all or none. Versions 0–3; later
 * ones go from broker to broker.
 */

import type { addPartitionsToTxn } from '../../protocol/add-partitions-to-txn.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import type { Handler } from '../request-context.ts'
import { RequestError } from '../request-error.ts'
import { codeFor } from '../transactions/transaction-errors.ts'

const fencedVersion = 2

export const handleAddPartitionsToTxn: Handler<typeof addPartitionsToTxn> = async (
  request,
  { broker, version },
) => {
  const { v3AndBelowTopics: requested } = request
  const producer = {
    producerId: request.v3AndBelowProducerId,
    producerEpoch: request.v3AndBelowProducerEpoch,
  }
  const isThere = (topic: string, partition: number): boolean => {
    const found = broker.topics.byName(topic)
    return found?.partitions[partition] !== undefined && !found.isInternal
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
  if (!areAllThere) {
    return answer((topic, partition) =>
      isThere(topic, partition)
        ? errorCodes.OPERATION_NOT_ATTEMPTED
        : errorCodes.UNKNOWN_TOPIC_OR_PARTITION,
    )
  }
  try {
    const { v3AndBelowTransactionalId: transactionalId } = request
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
