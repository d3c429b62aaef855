/** OffsetFetch: how far groups have read. Versions 1–10: one group, from version 8 on several. */

import { zeroUuid } from '../../bytes/uuid.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import type {
  offsetFetch,
  OffsetFetchRequest,
  OffsetFetchResponseInput,
} from '../../protocol/offset-fetch.ts'
import type { FetchedGroup, QueriedTopic } from '../groups/fetch-offsets.ts'
import type { MemberOffsetQuery } from '../groups/group-offsets.ts'
import type { Handler, RequestContext } from '../request-context.ts'
import { checkMay, partByTopic, refused } from '../security/access.ts'
import { refusalOf } from '../request-error.ts'

/** Before it there is no error for the whole group: each partition has to say it (KAFKA-19246). */
const firstVersionWithErrors = 2
const firstVersionWithGroups = 8
const firstVersionWithTopicIds = 10

export const handleOffsetFetch: Handler<typeof offsetFetch> = async (request, context) => {
  const { version } = context
  if (version < firstVersionWithGroups) return fetchOne(request, context)
  const usesTopicIds = version >= firstVersionWithTopicIds
  const { requireStable } = request
  const groups = request.groups.map((group) =>
    fetch({ ...group, usesTopicIds, requireStable }, context),
  )
  return { groups: await Promise.all(groups) }
}

async function fetch(query: MemberOffsetQuery, context: RequestContext): Promise<FetchedGroup> {
  const { topics: lookup, groups } = context.broker
  const nameOf = ({ name = '', topicId = '' }: TopicName): string | undefined =>
    query.usesTopicIds ? lookup.byId(topicId)?.name : name
  try {
    checkMay(context, 'describe', 'group', query.groupId)
    if (!query.topics) {
      const all = await groups.fetchOffsets(query)
      const { allowed: topics } = partByTopic(context, 'describe', all.topics, nameOf)
      return { ...all, topics }
    }
    const { allowed, others } = partByTopic(context, 'describe', query.topics, nameOf)
    const fetched = await groups.fetchOffsets({ ...query, topics: allowed })
    return { ...fetched, topics: [...fetched.topics, ...others.map(hidden)] }
  } catch (error) {
    const { groupId } = query
    return { groupId, topics: [], errorCode: refusalOf(error).errorCode }
  }
}

interface TopicName {
  readonly name?: string | undefined
  readonly topicId?: string | undefined
}

function hidden(topic: QueriedTopic): FetchedGroup['topics'][number] {
  return failed(topic, refused('topic').errorCode)
}

function failed(
  { name, topicId, partitionIndexes }: QueriedTopic,
  errorCode: number,
): FetchedGroup['topics'][number] {
  const nothing = { committedOffset: -1, committedLeaderEpoch: -1, metadata: '', errorCode }
  return {
    name,
    topicId,
    partitions: partitionIndexes.map((partitionIndex) => ({ partitionIndex, ...nothing })),
  }
}

async function fetchOne(
  { groupId, topics, requireStable }: OffsetFetchRequest,
  context: RequestContext,
): Promise<OffsetFetchResponseInput> {
  const named = topics?.map((topic) => ({ ...topic, topicId: zeroUuid })) ?? null
  const member = { memberId: null, memberEpoch: -1 }
  const query = { groupId, topics: named, usesTopicIds: false, requireStable, ...member }
  const fetched = await fetch(query, context)
  const errorCode = fetched.errorCode ?? errorCodes.NONE
  const isUntold = errorCode !== errorCodes.NONE && context.version < firstVersionWithErrors
  const answered = isUntold ? named?.map((topic) => failed(topic, errorCode)) : undefined
  return {
    errorCode,
    topics: (answered ?? fetched.topics).map(({ name = '', partitions }) => ({ name, partitions })),
  }
}
