/**
 * WriteTxnMarkers: ends transactions in partitions by hand, as `kafka-transactions abort` does with
 * one that hangs. Versions 1–2.
 */

import { errorCodes } from '../../protocol/error-codes.ts'
import type { writeTxnMarkers } from '../../protocol/write-txn-markers.ts'
import type { Handler } from '../request-context.ts'
import { may, refused } from '../security/access.ts'
import { codeFor } from '../transactions/transaction-errors.ts'

export const handleWriteTxnMarkers: Handler<typeof writeTxnMarkers> = async (
  { markers },
  context,
) => {
  const { broker } = context
  const isAllowed = may(context, 'alter', 'cluster') || may(context, 'clusterAction', 'cluster')
  const writeOne = async (
    topic: string,
    partition: number,
    { transactionResult, ...rest }: (typeof markers)[number],
  ): Promise<number> => {
    if (!isAllowed) return refused('cluster').errorCode
    const { producerId, producerEpoch, coordinatorEpoch } = rest
    const result = transactionResult ? 'commit' : 'abort'
    const marker = { producerId, producerEpoch, coordinatorEpoch, result } as const
    try {
      const durable = broker.markers.write(topic, partition, marker)
      await durable
      return durable ? errorCodes.NONE : errorCodes.UNKNOWN_TOPIC_OR_PARTITION
    } catch (error) {
      return codeFor(error)
    }
  }
  const answers = markers.map(async (marker) => {
    const written = new Map<string, Promise<number>>()
    // However often a partition is named, it gets one marker.
    const writeOnce = (topic: string, partition: number): Promise<number> => {
      const place = `${partition} ${topic}`
      const known = written.get(place)
      if (known) return known
      const code = writeOne(topic, partition, marker)
      written.set(place, code)
      return code
    }
    const topics = marker.topics.map(async ({ name, partitionIndexes }) => {
      const partitions = partitionIndexes.map(async (partitionIndex) => {
        return { partitionIndex, errorCode: await writeOnce(name, partitionIndex) }
      })
      return { name, partitions: await Promise.all(partitions) }
    })
    return { producerId: marker.producerId, topics: await Promise.all(topics) }
  })
  return { markers: await Promise.all(answers) }
}
