/** ConsumerGroupDescribe: state, members and assignments of KIP-848 groups. Versions 0–1. */

import type { ResponseInputOf } from '../../protocol/api.ts'
import type { consumerGroupDescribe } from '../../protocol/consumer-group-describe.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import type { Handler, RequestContext } from '../request-context.ts'
import {
  authorizedOperations as operationsOn,
  may,
  operationsNotAsked,
  refused,
} from '../security/access.ts'

type Group = ResponseInputOf<typeof consumerGroupDescribe>['groups'][number]

export const handleConsumerGroupDescribe: Handler<typeof consumerGroupDescribe> = (
  request,
  context,
) => {
  const isAllowed = (groupId: string): boolean => may(context, 'describe', 'group', groupId)
  // Once each, however often it is asked for: its members may be many.
  const asked = [...new Set(request.groupIds)]
  const { groups } = context.broker.groups.consumerGroupDescribe({
    groupIds: asked.filter(isAllowed),
  })
  const { errorCode } = refused('group')
  const hidden = asked
    .filter((groupId) => !isAllowed(groupId))
    .map((groupId) => ({ groupId, errorCode }))
  return {
    groups: [
      ...hidden,
      ...groups.map((group) => {
        if (group.groupId === '') return { ...group, errorCode: errorCodes.INVALID_GROUP_ID }
        if (group.errorCode !== errorCodes.NONE) return group
        if (!maySeeTopics(group, context)) return withoutTopics(group)
        // Kafka says that there is no pattern by an empty one.
        const members = group.members?.map(({ subscribedTopicRegex, ...member }) => {
          return { ...member, subscribedTopicRegex: subscribedTopicRegex ?? '' }
        })
        const authorizedOperations = request.includeAuthorizedOperations
          ? operationsOn(context, 'group', group.groupId)
          : operationsNotAsked
        return { ...group, ...(members ? { members } : {}), authorizedOperations }
      }),
    ],
  }
}

/** Whether the client may see all topics that members have, or are to have. */
function maySeeTopics({ members = [] }: Group, context: RequestContext): boolean {
  return members
    .flatMap(({ assignment, targetAssignment }) => [assignment, targetAssignment])
    .flatMap(({ topicPartitions }) => topicPartitions)
    .every(({ topicName }) => may(context, 'describe', 'topic', topicName))
}

function withoutTopics({ groupId }: Group): Group {
  const { errorCode } = refused('topic')
  const errorMessage =
    'The group has described topic(s) that the client is not authorized to describe.'
  return { groupId, errorCode, errorMessage }
}
