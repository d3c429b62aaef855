/** OffsetCommit: stores how far a group has read. Versions 2–10. */

import type { offsetCommit } from '../../protocol/offset-commit.ts'
import type { Handler } from '../request-context.ts'

export const handleOffsetCommit: Handler<typeof offsetCommit> = (request, { broker, version }) => {
  // As in Kafka, a topic without partitions is not in the answer.
  const topics = request.topics.filter(({ partitions }) => partitions.length > 0)
  return broker.groups.commitOffsets({ ...request, topics }, version)
}
