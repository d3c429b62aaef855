/** ListPartitionReassignments: there are none. Version 0. */

import { errorCodes } from '../../protocol/error-codes.ts'
import type { listPartitionReassignments } from '../../protocol/list-partition-reassignments.ts'
import { refusalOf } from '../request-error.ts'
import type { Handler } from '../request-context.ts'
import { may, refused } from '../security/access.ts'

export const handleListPartitionReassignments: Handler<typeof listPartitionReassignments> = (
  request,
  context,
) => {
  if (may(context, 'describe', 'cluster')) return { errorCode: errorCodes.NONE, topics: [] }
  // Kafka names what was asked for, as if that was on its way.
  const topics = (request.topics ?? []).map(({ name, partitionIndexes }) => ({
    name,
    partitions: partitionIndexes.map((partitionIndex) => {
      return { partitionIndex, replicas: [], addingReplicas: [], removingReplicas: [] }
    }),
  }))
  return { ...refusalOf(refused('cluster')), topics }
}
