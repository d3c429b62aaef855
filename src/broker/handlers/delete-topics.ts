/** DeleteTopics: topics with all their records, by name or, from version 6 on, by id. */

import { zeroUuid } from '../../bytes/uuid.ts'
import type { ResponseInputOf } from '../../protocol/api.ts'
import type { deleteTopics } from '../../protocol/delete-topics.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { RequestError, refusalOf } from '../request-error.ts'
import type { Handler, RequestContext } from '../request-context.ts'
import { may, refused } from '../security/access.ts'
import { onceEach } from './once-each.ts'
import type { Topic } from '../topic-table.ts'

type TopicResponse = ResponseInputOf<typeof deleteTopics>['responses'][number]

/** From here on clients know that a quota may refuse a topic, not only make them wait (KIP-599). */
const strictQuotaVersion = 5

interface Wanted {
  readonly name: string | null
  readonly topicId: string
}

export const handleDeleteTopics: Handler<typeof deleteTopics> = async (request, context) => {
  const { broker, version } = context
  const wanted: readonly Wanted[] =
    version >= 6 ? request.topics : request.topicNames.map((name) => ({ name, topicId: zeroUuid }))
  const isStrict = version >= strictQuotaVersion
  const quota = broker.requestQuotas.mutations(context, { isStrict })
  const pending: Promise<void>[] = []
  const idOf = ({ name, topicId }: Wanted): string => {
    const found = broker.topics.byName(name ?? '')
    return topicId === zeroUuid ? (found?.id ?? `name ${name}`) : topicId
  }
  const responses = onceEach(wanted, idOf).map(({ entry: topic, all }): TopicResponse => {
    try {
      checkWanted(topic, all.length)
      const found = topicOf(topic, context)
      quota.record(found.partitionCount)
      pending.push(broker.topics.delete(found))
      return { name: found.name, topicId: found.id, errorCode: errorCodes.NONE }
    } catch (error) {
      const refusal = refusalOf(error)
      const isHidden = refusal.errorCode === errorCodes.TOPIC_AUTHORIZATION_FAILED
      return { ...(isHidden ? told(topic, context) : topic), ...refusal }
    }
  })
  await Promise.all(pending)
  return { throttleTimeMs: quota.throttleMs(), responses }
}

function checkWanted({ name, topicId }: Wanted, count: number): void {
  const hasId = topicId !== zeroUuid
  if (hasId && name !== null) {
    throw new RequestError('INVALID_REQUEST', 'A topic is named by its name or its id, not both.')
  }
  if (!hasId && name === null) {
    throw new RequestError('INVALID_REQUEST', 'Neither the name nor the id of a topic is there.')
  }
  if (count > 1) throw new RequestError('INVALID_REQUEST', 'A topic is named twice.')
}

/** Who may see a topic that it names by id is told the name, whatever else it may not. */
function told({ name, topicId }: Wanted, context: RequestContext): Wanted {
  const found = context.broker.topics.byId(topicId)?.name
  return { name: name ?? (found !== undefined && maySee(found, context) ? found : null), topicId }
}

function maySee(name: string, context: RequestContext): boolean {
  return may(context, 'delete', 'cluster') || may(context, 'describe', 'topic', name)
}

function topicOf({ name, topicId }: Wanted, context: RequestContext): Topic {
  const { topics } = context.broker
  const isById = topicId !== zeroUuid
  const topic = isById ? topics.byId(topicId) : topics.byName(name ?? '')
  const known = topic?.name ?? name
  // Whether there is a topic of that name is a secret to those who may not see it.
  if (known !== null && !maySee(known, context)) throw refused('topic')
  if (!topic) {
    if (isById)
      throw new RequestError('UNKNOWN_TOPIC_ID', 'This server does not host this topic ID.')
    throw new RequestError('UNKNOWN_TOPIC_OR_PARTITION', `There is no topic '${name}'.`)
  }
  if (!may(context, 'delete', 'cluster') && !may(context, 'delete', 'topic', topic.name)) {
    throw refused('topic')
  }
  if (topic.isInternal) {
    throw new RequestError('INVALID_REQUEST', `Topic '${topic.name}' is the broker's own.`)
  }
  return topic
}
