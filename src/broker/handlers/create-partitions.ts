/** CreatePartitions: more partitions for a topic. Records stay where they are. */

import type { ResponseInputOf } from '../../protocol/api.ts'
import type { createPartitions } from '../../protocol/create-partitions.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { RequestError, refusalOf } from '../request-error.ts'
import type { Handler } from '../request-context.ts'
import { checkMay } from '../security/access.ts'
import { onceEach } from './once-each.ts'

type TopicResponse = ResponseInputOf<typeof createPartitions>['results'][number]

/** From here on clients know that a quota may refuse a topic, not only make them wait (KIP-599). */
const strictQuotaVersion = 3

export const handleCreatePartitions: Handler<typeof createPartitions> = async (
  request,
  context,
) => {
  const { topics, options, requestQuotas } = context.broker
  const isStrict = context.version >= strictQuotaVersion
  const quota = requestQuotas.mutations(context, { isStrict })
  const pending: Promise<void>[] = []
  const results: TopicResponse[] = []
  for (const { entry, all } of onceEach(request.topics, ({ name }) => name)) {
    const { name, count, assignments } = entry
    try {
      if (all.length > 1) {
        throw new RequestError('INVALID_REQUEST', `Topic '${name}' is named twice.`)
      }
      checkMay(context, 'alter', 'topic', name)
      const topic = topics.byName(name)
      if (!topic) {
        throw new RequestError('UNKNOWN_TOPIC_OR_PARTITION', `There is no topic '${name}'.`)
      }
      if (topic.isInternal) {
        throw new RequestError('INVALID_REQUEST', `Topic '${name}' is the broker's own.`)
      }
      topics.checkAddPartitions(topic, count)
      if (assignments) checkAssignment(assignments, count - topic.partitionCount, options.nodeId)
      quota.record(count - topic.partitionCount)
      if (!request.validateOnly) {
        const { durable } = await topics.addInTurns(topic, count)
        // Whoever waits for all is told, and others may be made before.
        durable.catch(() => {})
        pending.push(durable)
      }
      results.push({ name, errorCode: errorCodes.NONE })
    } catch (error) {
      results.push({ name, ...refusalOf(error) })
    }
  }
  await Promise.all(pending)
  return { throttleTimeMs: quota.throttleMs(), results }
}

function checkAssignment(
  assignments: readonly { readonly brokerIds: readonly number[] }[],
  partitionCount: number,
  nodeId: number,
): void {
  const isHere = assignments.every(({ brokerIds }) => brokerIds.join() === String(nodeId))
  if (isHere && assignments.length === partitionCount) return
  const message = `The assignment must have ${partitionCount} partitions, each on broker ${nodeId}.`
  throw new RequestError('INVALID_REPLICA_ASSIGNMENT', message)
}
