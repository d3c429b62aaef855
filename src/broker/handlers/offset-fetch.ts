/** OffsetFetch: how far groups have read. Versions 1–10: one group, from version 8 on several. */

import { zeroUuid } from '../../bytes/uuid.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import type {
  offsetFetch,
  OffsetFetchRequest,
  OffsetFetchResponseInput,
} from '../../protocol/offset-fetch.ts'
import type { FetchedGroup } from '../groups/fetch-offsets.ts'
import type { GroupCoordinator } from '../groups/group-coordinator.ts'
import type { MemberOffsetQuery } from '../groups/group-offsets.ts'
import type { Handler } from '../request-context.ts'
import { refusalOf } from '../request-error.ts'

const firstVersionWithGroups = 8
const firstVersionWithTopicIds = 10

export const handleOffsetFetch: Handler<typeof offsetFetch> = async (request, context) => {
  const { version, broker } = context
  if (version < firstVersionWithGroups) return fetchOne(request, broker.groups)
  const usesTopicIds = version >= firstVersionWithTopicIds
  const { requireStable } = request
  const groups = request.groups.map((group) =>
    fetch({ ...group, usesTopicIds, requireStable }, broker.groups),
  )
  return { groups: await Promise.all(groups) }
}

async function fetch(query: MemberOffsetQuery, groups: GroupCoordinator): Promise<FetchedGroup> {
  try {
    return await groups.fetchOffsets(query)
  } catch (error) {
    const { groupId } = query
    return { groupId, topics: [], errorCode: refusalOf(error).errorCode }
  }
}

async function fetchOne(
  { groupId, topics, requireStable }: OffsetFetchRequest,
  groups: GroupCoordinator,
): Promise<OffsetFetchResponseInput> {
  const named = topics?.map((topic) => ({ ...topic, topicId: zeroUuid })) ?? null
  const member = { memberId: null, memberEpoch: -1 }
  const query = { groupId, topics: named, usesTopicIds: false, requireStable, ...member }
  const fetched = await fetch(query, groups)
  const errorCode = fetched.errorCode ?? errorCodes.NONE
  return {
    errorCode,
    topics: fetched.topics.map(({ name = '', partitions }) => ({ name, partitions })),
  }
}
