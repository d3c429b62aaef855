/** OffsetForLeaderEpoch: where an epoch ended, for clients that check their position. */

import { errorCodes } from '../../protocol/error-codes.ts'
import type { offsetForLeaderEpoch } from '../../protocol/offset-for-leader-epoch.ts'
import type { Handler } from '../request-context.ts'

export const handleOffsetForLeaderEpoch: Handler<typeof offsetForLeaderEpoch> = (
  request,
  context,
) => {
  const { topics } = context.broker
  return {
    topics: request.topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map(({ partition, currentLeaderEpoch, leaderEpoch }) => {
        const log = topics.byName(topic)?.partitions[partition]
        if (!log) return { partition, errorCode: errorCodes.UNKNOWN_TOPIC_OR_PARTITION }
        if (currentLeaderEpoch > 0) return { partition, errorCode: errorCodes.UNKNOWN_LEADER_EPOCH }
        // An empty log knows no epoch, yet this broker leads it in its first.
        const end =
          log.endOfEpoch(leaderEpoch) ??
          (leaderEpoch === 0 ? { epoch: 0, endOffset: log.endOffset } : undefined)
        const found = end ? { leaderEpoch: end.epoch, endOffset: end.endOffset } : {}
        return { partition, errorCode: errorCodes.NONE, ...found }
      }),
    })),
  }
}
