/** OffsetDelete: committed offsets of topics that a group no longer reads. Version 0. */

import { errorCodes } from '../../protocol/error-codes.ts'
import type { offsetDelete } from '../../protocol/offset-delete.ts'
import type { Handler } from '../request-context.ts'
import { may, partByTopic, refused, refusedTopics } from '../security/access.ts'

export const handleOffsetDelete: Handler<typeof offsetDelete> = async (request, context) => {
  const { broker } = context
  if (!may(context, 'delete', 'group', request.groupId)) {
    return { errorCode: refused('group').errorCode }
  }
  const topics = request.topics.filter(({ partitions }) => partitions.length > 0)
  const { allowed, others } = partByTopic(context, 'read', topics, ({ name }) => name)
  const hidden = refusedTopics(others)
  if (allowed.some(({ name }) => broker.topics.byName(name))) {
    const answer = await broker.groups.deleteOffsets({ ...request, topics: [...allowed] })
    return answer.topics ? { ...answer, topics: [...answer.topics, ...hidden] } : answer
  }
  // There is nothing to ask of the group, so that it does not matter whether there is one.
  const errorCode = errorCodes.UNKNOWN_TOPIC_OR_PARTITION
  return {
    errorCode: errorCodes.NONE,
    topics: [
      ...hidden,
      ...allowed.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
      })),
    ],
  }
}
