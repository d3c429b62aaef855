/**
 * The record of `__consumer_offsets` that a classic group is: the whole group, as it is when it is
 * stable or empty.
 */

import {
  groupMetadataKey,
  groupMetadataValue,
  type GroupMetadataValue,
} from '../../protocol/records/classic-group-records.ts'
import { encodeKey, encodeValue } from '../../protocol/records/record-schema.ts'
import type { StateRecord } from '../state-log.ts'
import {
  emptyClassicGroup,
  metadataOf,
  type ClassicGroup,
  type ClassicMember,
} from './classic-group.ts'

/** The version that Kafka writes. */
const valueVersion = 3

export function recordOf(group: ClassicGroup): StateRecord {
  const value = encodeValue(
    groupMetadataValue,
    {
      protocolType: group.protocolType ?? '',
      generation: group.generation,
      protocol: group.protocol,
      leader: group.leader,
      currentStateTimestamp: group.stateTimestampMs,
      members: [...group.members.values()].map((member) => ({
        memberId: member.memberId,
        groupInstanceId: member.instanceId,
        clientId: member.clientId,
        clientHost: member.clientHost,
        rebalanceTimeout: member.rebalanceTimeoutMs,
        sessionTimeout: member.sessionTimeoutMs,
        subscription: metadataOf(member, group.protocol),
        assignment: member.assignment,
      })),
    },
    valueVersion,
  )
  return { key: encodeKey(groupMetadataKey, { group: group.groupId }), value }
}

/** Returns the record that removes the group. */
export function removalOf(groupId: string): StateRecord {
  return { key: encodeKey(groupMetadataKey, { group: groupId }), value: null }
}

/** Returns the group that was stored as `value`. Of a member's protocols only that in use was. */
export function groupOf(groupId: string, value: GroupMetadataValue): ClassicGroup {
  const members = value.members.map((member): ClassicMember => ({
    memberId: member.memberId,
    instanceId: member.groupInstanceId,
    clientId: member.clientId,
    clientHost: member.clientHost,
    sessionTimeoutMs: member.sessionTimeout,
    rebalanceTimeoutMs:
      member.rebalanceTimeout === -1 ? member.sessionTimeout : member.rebalanceTimeout,
    protocols: [{ name: value.protocol ?? '', metadata: member.subscription }],
    assignment: member.assignment,
    join: undefined,
    sync: undefined,
    canReturn: true,
  }))
  return {
    ...emptyClassicGroup(groupId),
    state: members.length === 0 ? 'Empty' : 'Stable',
    generation: value.generation,
    protocolType: value.protocolType === '' ? null : value.protocolType,
    protocol: value.protocol,
    leader: value.leader,
    members: new Map(members.map((member) => [member.memberId, member])),
    stateTimestampMs: value.currentStateTimestamp,
  }
}
