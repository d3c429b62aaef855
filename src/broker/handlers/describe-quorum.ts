/** DescribeQuorum: the broker is the only voter over the cluster's metadata. Versions 0–2. */

import type { describeQuorum } from '../../protocol/describe-quorum.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { refusalOf } from '../request-error.ts'
import type { Handler } from '../request-context.ts'
import { may, refused } from '../security/access.ts'
import { clusterMetadataTopic } from '../topic-name.ts'

export const handleDescribeQuorum: Handler<typeof describeQuorum> = (request, context) => {
  const { broker, peer } = context
  if (!may(context, 'describe', 'cluster')) return refusalOf(refused('cluster'))
  const { nodeId } = broker.options
  const { metadataLog: log, clock } = broker
  const nowMs = clock.now()
  const voter = {
    replicaId: nodeId,
    logEndOffset: log.endOffset,
    lastFetchTimestamp: nowMs,
    lastCaughtUpTimestamp: nowMs,
  }
  const topics = request.topics.map(({ topicName, partitions }) => ({
    topicName,
    partitions: partitions.map(({ partitionIndex }) => {
      const isKnown = topicName === clusterMetadataTopic && partitionIndex === 0
      return {
        partitionIndex,
        errorCode: isKnown ? errorCodes.NONE : errorCodes.UNKNOWN_TOPIC_OR_PARTITION,
        leaderId: isKnown ? nodeId : 0,
        leaderEpoch: 0,
        highWatermark: isKnown ? log.highWatermark : 0,
        currentVoters: isKnown ? [voter] : [],
        observers: [],
      }
    }),
  }))
  const listeners = [{ name: 'PLAINTEXT', ...peer.dialled }]
  return { errorCode: errorCodes.NONE, topics, nodes: [{ nodeId, listeners }] }
}
