/** ElectLeaders: nothing to do, since each partition has one replica, which leads. Versions 0–2. */

import type { electLeaders } from '../../protocol/elect-leaders.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { refusalOf } from '../request-error.ts'
import type { Handler } from '../request-context.ts'
import { may, refused } from '../security/access.ts'

/** Of the preferred leader, or, where there is no other, of one that may lack records. */
const electionTypes = [0, 1]

export const handleElectLeaders: Handler<typeof electLeaders> = (request, context) => {
  const { topicPartitions, electionType } = request
  const refusal = may(context, 'alter', 'cluster') ? undefined : refusalOf(refused('cluster'))
  const isKnown = electionTypes.includes(electionType)
  const { topics } = context.broker
  // Asked for all partitions, Kafka names only those that it does something about.
  const results = (topicPartitions ?? []).map(({ topic, partitions }) => ({
    topic,
    partitionResult: partitions.map((partitionId) => {
      if (refusal) return { partitionId, ...refusal }
      if (!isKnown) {
        const errorMessage = `There is no election of type ${electionType}.`
        return { partitionId, errorCode: errorCodes.INVALID_REQUEST, errorMessage }
      }
      if (topics.byName(topic)?.partitions[partitionId]) {
        const errorMessage = `The leader of ${topic}-${partitionId} is the preferred one.`
        return { partitionId, errorCode: errorCodes.ELECTION_NOT_NEEDED, errorMessage }
      }
      const errorMessage = `There is no partition ${topic}-${partitionId}.`
      return { partitionId, errorCode: errorCodes.UNKNOWN_TOPIC_OR_PARTITION, errorMessage }
    }),
  }))
  const isForNothing = topicPartitions?.length === 0
  const errorCode = isKnown || isForNothing ? errorCodes.NONE : errorCodes.INVALID_REQUEST
  return { errorCode: refusal?.errorCode ?? errorCode, replicaElectionResults: results }
}
