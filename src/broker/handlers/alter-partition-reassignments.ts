/** AlterPartitionReassignments: a partition is here, and can be nowhere else. Versions 0–1. */

import type { alterPartitionReassignments } from '../../protocol/alter-partition-reassignments.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { refusalOf } from '../request-error.ts'
import type { Handler } from '../request-context.ts'
import { may, refused } from '../security/access.ts'

export const handleAlterPartitionReassignments: Handler<typeof alterPartitionReassignments> = (
  request,
  context,
) => {
  const { broker } = context
  const refusal = may(context, 'alter', 'cluster') ? undefined : refusalOf(refused('cluster'))
  const { nodeId } = broker.options
  const outcomeOf = (
    topic: string,
    partition: number,
    replicas: readonly number[] | null,
  ): { errorCode: number; errorMessage: string | null } => {
    if (refusal) return refusal
    if (!broker.topics.byName(topic)?.partitions[partition]) {
      const errorMessage = `There is no partition ${topic}-${partition}.`
      return { errorCode: errorCodes.UNKNOWN_TOPIC_OR_PARTITION, errorMessage }
    }
    if (replicas === null) {
      const errorMessage = `Partition ${topic}-${partition} is not being reassigned.`
      return { errorCode: errorCodes.NO_REASSIGNMENT_IN_PROGRESS, errorMessage }
    }
    if (replicas.length !== 1 || replicas[0] !== nodeId) {
      const errorMessage = `The only broker is ${nodeId}: replicas [${replicas.join(', ')}]`
      return { errorCode: errorCodes.INVALID_REPLICA_ASSIGNMENT, errorMessage }
    }
    return { errorCode: errorCodes.NONE, errorMessage: null }
  }
  const responses = request.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex, replicas }) => ({
      partitionIndex,
      ...outcomeOf(name, partitionIndex, replicas),
    })),
  }))
  const { allowReplicationFactorChange } = request
  return { errorCode: errorCodes.NONE, allowReplicationFactorChange, responses, ...refusal }
}
