/** DeleteRecords: moves the start of a partition, so that what is before it is gone. */

import type { PartitionLog } from '../../log/partition-log.ts'
import type { RequestOf, ResponseInputOf } from '../../protocol/api.ts'
import type { deleteRecords } from '../../protocol/delete-records.ts'
import { errorCodes, type ErrorName } from '../../protocol/error-codes.ts'
import { refusalOf as refusalOfError } from '../request-error.ts'
import type { Handler } from '../request-context.ts'
import { may } from '../security/access.ts'
import type { Topic } from '../topic-table.ts'

type PartitionRequest = RequestOf<typeof deleteRecords>['topics'][number]['partitions'][number]
type PartitionResponse = ResponseInputOf<
  typeof deleteRecords
>['topics'][number]['partitions'][number]

/** Stands for the high watermark: delete everything. */
const toTheEnd = -1

export const handleDeleteRecords: Handler<typeof deleteRecords> = async (request, context) => {
  const topics = request.topics.map(async ({ name, partitions }) => {
    const isAllowed = may(context, 'delete', 'topic', name)
    const topic = context.broker.topics.byName(name)
    const responses = partitions.map(async (partition) => {
      const { partitionIndex } = partition
      const refusal = isAllowed ? refusalOf(topic, partition) : 'TOPIC_AUTHORIZATION_FAILED'
      if (refusal) return { partitionIndex, errorCode: errorCodes[refusal] }
      return deleteOf(topic!.partitions[partitionIndex]!, partition)
    })
    return { name, partitions: await Promise.all(responses) }
  })
  return { topics: await Promise.all(topics) }
}

/** Returns a name: an error that is thrown takes longer, and partitions may be many. */
function refusalOf(
  topic: Topic | undefined,
  { partitionIndex, offset }: PartitionRequest,
): ErrorName | undefined {
  const log = topic?.partitions[partitionIndex]
  if (!log) return 'UNKNOWN_TOPIC_OR_PARTITION'
  if (topic.isInternal) return 'INVALID_TOPIC_EXCEPTION'
  // What is compacted stands for a state, of which no part may go missing.
  const { cleanupPolicy } = log.config
  const isState = cleanupPolicy.includes('compact') && !cleanupPolicy.includes('delete')
  if (isState) return 'POLICY_VIOLATION'
  return offset < toTheEnd ? 'OFFSET_OUT_OF_RANGE' : undefined
}

async function deleteOf(
  log: PartitionLog,
  { partitionIndex, offset }: PartitionRequest,
): Promise<PartitionResponse> {
  try {
    // What acks=1 was told of can be named, too, though it is not on the disk yet.
    if (offset === toTheEnd || offset > log.highWatermark) await log.whenDurable(log.endOffset)
    await log.deleteRecordsBefore(offset === toTheEnd ? log.highWatermark : offset)
    return { partitionIndex, errorCode: errorCodes.NONE, lowWatermark: log.startOffset }
  } catch (error) {
    return { partitionIndex, errorCode: refusalOfError(error).errorCode }
  }
}
