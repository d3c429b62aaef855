/** What ConsumerGroupDescribe tells of a KIP-848 group. */

import type { ConsumerGroupDescribeResponseInput } from '../../protocol/consumer-group-describe.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { noPartitions, union, type Assignment } from './assignment.ts'
import { consumerGroupState, type ConsumerGroup, type ConsumerMember } from './consumer-group.ts'
import { preferredAssignor } from './consumer-target.ts'
import type { TopicLookup } from './topic-lookup.ts'

type DescribedGroup = ConsumerGroupDescribeResponseInput['groups'][number]
type DescribedMember = NonNullable<DescribedGroup['members']>[number]

/** The protocols that members speak, as KIP-1099 numbers them. */
const memberTypes = Object.freeze({ classic: 0, consumer: 1 })

export function describeConsumer(group: ConsumerGroup, topics: TopicLookup): DescribedGroup {
  const { groupId, epoch: groupEpoch, targetEpoch: assignmentEpoch, members, targets } = group
  return {
    errorCode: errorCodes.NONE,
    groupId,
    groupState: consumerGroupState(group),
    groupEpoch,
    assignmentEpoch,
    assignorName: preferredAssignor(group),
    members: [...members.values()].map((member) =>
      describeMember(member, targets.get(member.memberId) ?? noPartitions, topics),
    ),
  }
}

function describeMember(
  { memberId, epoch: memberEpoch, subscription, assigned, revoking }: ConsumerMember,
  target: Assignment,
  topics: TopicLookup,
): DescribedMember {
  const { topicNames, topicRegex, instanceId, rackId, clientId, clientHost } = subscription
  return {
    memberId,
    instanceId,
    rackId,
    memberEpoch,
    clientId,
    clientHost,
    subscribedTopicNames: topicNames,
    subscribedTopicRegex: topicRegex,
    // What it is to give up it reads until then, and nobody else does.
    assignment: named(union(assigned, revoking), topics),
    targetAssignment: named(target, topics),
    memberType: subscription.classic ? memberTypes.classic : memberTypes.consumer,
  }
}

function named(assignment: Assignment, topics: TopicLookup): DescribedMember['assignment'] {
  const topicPartitions = [...assignment].flatMap(([topicId, partitions]) => {
    const topic = topics.byId(topicId)
    // A topic that was deleted has no name any more; its partitions go with the next heartbeat.
    return topic ? [{ topicId, topicName: topic.name, partitions }] : []
  })
  return { topicPartitions }
}
