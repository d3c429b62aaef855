/**
 * AlterReplicaLogDirs (KIP-113): there is one data folder, so a partition can only be moved to
 * where it is.
 */

import { errorCodes, type ErrorName } from '../../protocol/error-codes.ts'
import type { alterReplicaLogDirs } from '../../protocol/alter-replica-log-dirs.ts'
import type { Handler } from '../request-context.ts'
import { may } from '../security/access.ts'
import { logDir } from './describe-log-dirs.ts'

export const handleAlterReplicaLogDirs: Handler<typeof alterReplicaLogDirs> = (
  request,
  context,
) => {
  const { broker } = context
  const isAllowed = may(context, 'alter', 'cluster')
  const errorOf = (path: string, name: string, partition: number): ErrorName => {
    if (!isAllowed) return 'CLUSTER_AUTHORIZATION_FAILED'
    if (path !== logDir) return 'LOG_DIR_NOT_FOUND'
    const isThere = broker.topics.byName(name)?.partitions[partition] !== undefined
    return isThere ? 'NONE' : 'UNKNOWN_TOPIC_OR_PARTITION'
  }
  const results = request.dirs.flatMap(({ path, topics }) =>
    topics.map(({ name: topicName, partitions }) => ({
      topicName,
      partitions: partitions.map((partitionIndex) => {
        const errorCode = errorCodes[errorOf(path, topicName, partitionIndex)]
        return { partitionIndex, errorCode }
      }),
    })),
  )
  return { results }
}
