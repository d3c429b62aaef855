/** DeleteRecords: moves the start of a partition, so that what is before it is gone. */

import type { RequestOf, ResponseInputOf } from '../../protocol/api.ts'
import type { deleteRecords } from '../../protocol/delete-records.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { RequestError, refusalOf } from '../request-error.ts'
import type { Handler, RequestContext } from '../request-context.ts'
import { checkMay } from '../security/access.ts'

type PartitionRequest = RequestOf<typeof deleteRecords>['topics'][number]['partitions'][number]
type PartitionResponse = ResponseInputOf<
  typeof deleteRecords
>['topics'][number]['partitions'][number]

/** Stands for the high watermark: delete everything. */
const toTheEnd = -1

export const handleDeleteRecords: Handler<typeof deleteRecords> = async (request, context) => {
  const topics = request.topics.map(async ({ name, partitions }) => ({
    name,
    partitions: await Promise.all(
      partitions.map((partition) => deleteOf(name, partition, context)),
    ),
  }))
  return { topics: await Promise.all(topics) }
}

async function deleteOf(
  name: string,
  { partitionIndex, offset }: PartitionRequest,
  context: RequestContext,
): Promise<PartitionResponse> {
  try {
    checkMay(context, 'delete', 'topic', name)
    const topic = context.broker.topics.byName(name)
    const log = topic?.partitions[partitionIndex]
    if (!log) {
      const message = `There is no partition ${name}-${partitionIndex}.`
      throw new RequestError('UNKNOWN_TOPIC_OR_PARTITION', message)
    }
    if (topic.isInternal) throw new RequestError('INVALID_TOPIC_EXCEPTION', `${name} is internal.`)
    if (!log.config.cleanupPolicy.includes('delete')) {
      // What is compacted stands for a state, of which no part may go missing.
      throw new RequestError('POLICY_VIOLATION', `Records of ${name} are kept by its policy.`)
    }
    if (offset < toTheEnd) throw new RequestError('OFFSET_OUT_OF_RANGE', `Offset is ${offset}.`)
    await log.deleteRecordsBefore(offset === toTheEnd ? log.highWatermark : offset)
    return { partitionIndex, errorCode: errorCodes.NONE, lowWatermark: log.startOffset }
  } catch (error) {
    return { partitionIndex, errorCode: refusalOf(error).errorCode }
  }
}
