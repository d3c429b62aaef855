/** What DescribeGroups tells of a classic group, and which topics its members subscribe to. */

import { MalformedBytesError } from '../../bytes/reader.ts'
import type { DescribeGroupsResponseInput } from '../../protocol/describe-groups.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import {
  consumerProtocolSubscription,
  decodeConsumerProtocol,
} from '../../protocol/records/consumer-protocol.ts'
import { metadataOf, noAssignment, type ClassicGroup } from './classic-group.ts'

type DescribedGroup = DescribeGroupsResponseInput['groups'][number]

/** The protocol type of consumers; others, such as Kafka Connect's workers, have their own. */
const consumerProtocolType = 'consumer'

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
    const topics = subscribedTopics(metadataOf(member, group.protocol))
    if (topics === undefined || topics.includes(topic)) return true
  }
  return false
}

function subscribedTopics(metadata: Uint8Array): readonly string[] | undefined {
  try {
    return decodeConsumerProtocol(consumerProtocolSubscription, metadata).topics
  } catch (error) {
    // A client may put anything into its metadata.
    if (error instanceof MalformedBytesError) return undefined
    throw error
  }
}
