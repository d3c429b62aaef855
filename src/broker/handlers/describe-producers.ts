/** DescribeProducers: the producers that a partition remembers (KIP-664). Version 0. */

import type { PartitionLog } from '../../log/partition-log.ts'
import type { describeProducers } from '../../protocol/describe-producers.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { refusalOf } from '../request-error.ts'
import type { Handler, RequestContext } from '../request-context.ts'
import { checkMay } from '../security/access.ts'
import { checkTopicName } from '../topic-name.ts'

export const handleDescribeProducers: Handler<typeof describeProducers> = (request, context) => ({
  topics: [...Map.groupBy(request.topics, ({ name }) => name)].map(([name, asked]) => {
    const answer = answererFor(name, context)
    // Once each, however often it is asked for: the list may be long.
    const wanted = new Set(asked.flatMap(({ partitionIndexes }) => partitionIndexes))
    return { name, partitions: [...wanted].map(answer) }
  }),
})

interface PartitionAnswer {
  readonly partitionIndex: number
  readonly errorCode: number
  readonly errorMessage?: string
  readonly activeProducers?: ReturnType<typeof activeIn>
}

function answererFor(
  name: string,
  context: RequestContext,
): (partitionIndex: number) => PartitionAnswer {
  try {
    checkTopicName(name)
    checkMay(context, 'read', 'topic', name)
  } catch (error) {
    const refusal = refusalOf(error)
    return (partitionIndex: number) => ({ partitionIndex, ...refusal })
  }
  const logs = context.broker.topics.byName(name)?.partitions
  return (partitionIndex: number) => {
    const log = logs?.[partitionIndex]
    if (!log) return { partitionIndex, errorCode: errorCodes.UNKNOWN_TOPIC_OR_PARTITION }
    return { partitionIndex, errorCode: errorCodes.NONE, activeProducers: activeIn(log) }
  }
}

function activeIn(log: PartitionLog) {
  return [...log.producers].map(([producerId, producer]) => ({
    producerId,
    producerEpoch: producer.epoch,
    lastSequence: producer.batches.at(-1)?.lastSequence ?? -1,
    lastTimestamp: producer.batches.at(-1)?.timestamp ?? producer.seenAtMs,
    coordinatorEpoch: producer.coordinatorEpoch,
    currentTxnStartOffset: producer.transactionFirstOffset,
  }))
}
