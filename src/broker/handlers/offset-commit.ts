/** OffsetCommit: stores how far a group has read. Versions 2–10. */

import type { offsetCommit } from '../../protocol/offset-commit.ts'
import type { Handler } from '../request-context.ts'
import { may, partByTopic, refused, refusedTopics } from '../security/access.ts'

const firstVersionWithIds = 10

export const handleOffsetCommit: Handler<typeof offsetCommit> = async (request, context) => {
  const { broker, version } = context
  // As in Kafka, a topic without partitions is not in the answer.
  const topics = request.topics.filter(({ partitions }) => partitions.length > 0)
  if (!may(context, 'read', 'group', request.groupId)) {
    const { errorCode } = refused('group')
    return {
      topics: topics.map(({ name, topicId, partitions }) => ({
        name,
        topicId,
        partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
      })),
    }
  }
  const nameOf = ({ name, topicId }: { name: string; topicId: string }): string | undefined =>
    version >= firstVersionWithIds ? broker.topics.byId(topicId)?.name : name
  const { allowed, others } = partByTopic(context, 'read', topics, nameOf)
  const answer = await broker.groups.commitOffsets({ ...request, topics: [...allowed] }, version)
  return { ...answer, topics: [...answer.topics, ...refusedTopics(others)] }
}
