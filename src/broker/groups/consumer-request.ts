/** What a ConsumerGroupHeartbeat must look like, before it is looked at what it asks for. */

import type { ConsumerGroupHeartbeatRequest } from '../../protocol/consumer-group-heartbeat.ts'
import { assignorNames } from './assignors.ts'
import { awayEpoch, joinEpoch, leaveEpoch } from './consumer-group.ts'
import { RequestError } from '../request-error.ts'
import { compileTopicPattern } from './topic-pattern.ts'

/** @throws RequestError */
export function checkHeartbeat(request: ConsumerGroupHeartbeatRequest, version: number): void {
  const { memberId, memberEpoch, serverAssignor, subscribedTopicRegex } = request
  // Only version 0 lets the broker make the id of a member that joins.
  const mayLackId = version === 0 && memberEpoch === joinEpoch
  if (!mayLackId) check(!isEmpty(memberId), "MemberId can't be empty.")
  check(!isEmpty(request.groupId), "GroupId can't be empty.")
  check(!isEmpty(request.instanceId), "InstanceId can't be empty.")
  check(!isEmpty(request.rackId), "RackId can't be empty.")
  check(memberEpoch >= awayEpoch, 'MemberEpoch is invalid.')
  if (memberEpoch === joinEpoch) checkJoin(request)
  if (memberEpoch === awayEpoch) check(request.instanceId !== null, "InstanceId can't be null.")

  if (serverAssignor !== null && !assignorNames.includes(serverAssignor)) {
    const known = assignorNames.join(', ')
    throw new RequestError(
      'UNSUPPORTED_ASSIGNOR',
      `ServerAssignor ${serverAssignor} is not supported. Supported assignors: ${known}.`,
    )
  }
  if (subscribedTopicRegex) compileTopicPattern(subscribedTopicRegex)
}

function checkJoin(request: ConsumerGroupHeartbeatRequest): void {
  const { rebalanceTimeoutMs, topicPartitions, subscribedTopicNames, subscribedTopicRegex } =
    request
  check(rebalanceTimeoutMs !== -1, 'RebalanceTimeoutMs must be provided in first request.')
  check(topicPartitions?.length === 0, 'TopicPartitions must be empty when (re-)joining.')
  check(
    subscribedTopicNames !== null || subscribedTopicRegex !== null,
    'Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.',
  )
}

/** White space counts for nothing, as in Kafka. */
function isEmpty(text: string | null): boolean {
  return text?.trim() === ''
}

function check(isTrue: boolean, message: string): void {
  if (!isTrue) throw new RequestError('INVALID_REQUEST', message)
}

export function isLeaving({ memberEpoch }: ConsumerGroupHeartbeatRequest): boolean {
  return memberEpoch === leaveEpoch || memberEpoch === awayEpoch
}
