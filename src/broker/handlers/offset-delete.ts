/** OffsetDelete: committed offsets of topics that a group no longer reads. Version 0. */

import { errorCodes } from '../../protocol/error-codes.ts'
import type { offsetDelete } from '../../protocol/offset-delete.ts'
import type { Handler } from '../request-context.ts'

export const handleOffsetDelete: Handler<typeof offsetDelete> = (request, { broker }) => {
  const topics = request.topics.filter(({ partitions }) => partitions.length > 0)
  if (topics.some(({ name }) => broker.topics.byName(name))) {
    return broker.groups.deleteOffsets({ ...request, topics })
  }
  // There is nothing to ask of the group, so that it does not matter whether there is one.
  const errorCode = errorCodes.UNKNOWN_TOPIC_OR_PARTITION
  return {
    errorCode: errorCodes.NONE,
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
    })),
  }
}
