/**
 * Has changes of topics be there for whoever made them: the controller has decided, and the broker
 * that is asked next learns of it a moment later. Nobody waits for ever, nor for what they are not
 * allowed to see: what was asked for is done in any case.
 */

import { zeroUuid } from '../../bytes/uuid.ts'
import { deliveryErrors } from '../../protocol/delivery-errors.ts'
import { metadata, type MetadataResponse } from '../../protocol/metadata.ts'
import type { Attempt, Cluster } from '../cluster/cluster.ts'
import { delay } from '../failure/retry.ts'
import type { OperationOptions } from '../settings/kafka-options.ts'
import { throwIfError } from './admin-errors.ts'

/** A broker that takes longer to learn of a change has other problems. */
const learnMaxMs = 5000
const askAgainMs = 20

interface Wait {
  readonly cluster: Cluster
  readonly options: OperationOptions
  /** What is being waited for, for messages. */
  readonly action: string
}

/** Resolves once `isKnown`, which is asked again and again. */
export async function untilKnown(
  { cluster, options, action }: Wait,
  isKnown: (attempt: Attempt) => Promise<boolean>,
): Promise<void> {
  const timeout = Math.min(learnMaxMs, cluster.timeoutMs(options))
  try {
    await cluster.run({ ...options, action, target: 'any', timeout }, async (attempt) => {
      for (let count = 1; !(await isKnown(attempt)); count++) {
        await delay(cluster.backoffMs(count, askAgainMs), cluster.platform.clock, attempt.signal)
      }
    })
  } catch (error) {
    cluster.logger.debug('a change may not be seen yet', { action, error: String(error) })
  }
}

type TopicMetadata = MetadataResponse['topics'][number]

/** Resolves once metadata has the topic, or none of that name, as `isKnown` wants it. */
export function untilTopic(
  cluster: Cluster,
  name: string,
  isKnown: (topic: TopicMetadata | undefined) => boolean,
  options: OperationOptions,
): Promise<void> {
  const action = `find topic '${name}'`
  return untilKnown({ cluster, options, action }, async ({ channel, signal }) => {
    const input = { topics: [{ name }], allowAutoTopicCreation: false }
    const { topics } = await channel.request(metadata, input, { signal, maxVersion: 12 })
    const [topic] = topics
    if (!topic || topic.errorCode === deliveryErrors.UNKNOWN_TOPIC_OR_PARTITION) {
      return isKnown(undefined)
    }
    throwIfError(action, { errorCode: topic.errorCode, topic: name })
    return isKnown(topic)
  })
}

/** Whether `topic` has `id`, as far as both are known: another of its name has another. */
export function hasId(topic: TopicMetadata | undefined, id: string): boolean {
  if (!topic) return false
  return topic.topicId === id || id === zeroUuid || topic.topicId === zeroUuid
}
