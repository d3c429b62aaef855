/** OffsetForLeaderEpoch: where an epoch ended, for clients that check their position. */

import type { PartitionLog } from '../../log/partition-log.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import type { offsetForLeaderEpoch } from '../../protocol/offset-for-leader-epoch.ts'
import type { Handler } from '../request-context.ts'
import { may } from '../security/access.ts'
import { refusalOfEpoch } from './leader-epoch.ts'

const noEpoch = -1

export const handleOffsetForLeaderEpoch: Handler<typeof offsetForLeaderEpoch> = (
  request,
  context,
) => {
  const { topics } = context.broker
  // As a replica does.
  const mayAskForAll = may(context, 'clusterAction', 'cluster')
  return {
    topics: request.topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map(({ partition, currentLeaderEpoch, leaderEpoch }) => {
        if (!mayAskForAll && !may(context, 'describe', 'topic', topic)) {
          return { partition, errorCode: errorCodes.TOPIC_AUTHORIZATION_FAILED }
        }
        const log = topics.byName(topic)?.partitions[partition]
        if (!log) return { partition, errorCode: errorCodes.UNKNOWN_TOPIC_OR_PARTITION }
        const refusal = refusalOfEpoch(log, currentLeaderEpoch)
        if (refusal) return { partition, errorCode: errorCodes[refusal] }
        const end = endOf(log, leaderEpoch)
        const found = end ? { leaderEpoch: end.epoch, endOffset: end.endOffset } : {}
        return { partition, errorCode: errorCodes.NONE, ...found }
      }),
    })),
  }
}

function endOf(
  log: PartitionLog,
  epoch: number,
): { readonly epoch: number; readonly endOffset: number } | undefined {
  if (epoch === noEpoch) return undefined
  const end = log.endOfEpoch(epoch)
  if (end || epoch > log.epochs.current) return end
  // Nothing was written in the epoch so far, yet this broker leads in it.
  return { epoch, endOffset: log.endOffset }
}
