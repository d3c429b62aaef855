/** What DescribeGroups tells of a classic group, and which topics its members subscribe to. */

import type { DescribeGroupsResponseInput } from '../../protocol/describe-groups.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { metadataOf, noAssignment, type ClassicGroup } from './classic-group.ts'
import { consumerProtocolType, readSubscription } from './classic-subscription.ts'

type DescribedGroup = DescribeGroupsResponseInput['groups'][number]

export function describeClassic(group: ClassicGroup): DescribedGroup {
  const { groupId, state: groupState, protocolType, protocol, members } = group
  // During a rebalance the members have not agreed on what they tell each other.
  const isStable = groupState === 'Stable'
  return {
    errorCode: errorCodes.NONE,
    groupId,
    groupState,
    protocolType: protocolType ?? '',
    protocolData: isStable ? (protocol ?? '') : '',
    members: [...members.values()].map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.instanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      memberMetadata: isStable ? metadataOf(member, protocol) : noAssignment,
      memberAssignment: member.assignment,
    })),
  }
}

export function isOfConsumers({ protocolType }: ClassicGroup): boolean {
  return protocolType === consumerProtocolType
}

/** Whether members read `topic`, or may do so for all that the broker understands. */
export function isSubscribed(group: ClassicGroup, topic: string): boolean {
  if (group.members.size === 0 || !isOfConsumers(group)) return false
  for (const member of group.members.values()) {
    const subscription = readSubscription(metadataOf(member, group.protocol))
    if (subscription === undefined || subscription.topics.includes(topic)) return true
  }
  return false
}
