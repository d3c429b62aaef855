/** KIP-848 groups: heartbeats that join, report and leave, right ones and wrong ones. */

import {
  consumerGroupHeartbeat,
  type ConsumerGroupHeartbeatRequestInput,
} from '../../../../src/protocol/consumer-group-heartbeat.ts'
import { consumerGroupDescribe } from '../../../../src/protocol/consumer-group-describe.ts'
import { deleteGroups } from '../../../../src/protocol/delete-groups.ts'
import { describeGroups } from '../../../../src/protocol/describe-groups.ts'
import { heartbeat } from '../../../../src/protocol/heartbeat.ts'
import { joinGroup } from '../../../../src/protocol/join-group.ts'
import { leaveGroup } from '../../../../src/protocol/leave-group.ts'
import { listGroups } from '../../../../src/protocol/list-groups.ts'
import { offsetCommit } from '../../../../src/protocol/offset-commit.ts'
import { offsetFetch } from '../../../../src/protocol/offset-fetch.ts'
import type { Script } from '../script.ts'
import type { Side } from '../side.ts'
import { makeTopic, unknownId } from './fixtures.ts'

type Beat = Partial<ConsumerGroupHeartbeatRequestInput>

const topic = 'consumer.topic'
const settles = { settles: true }

function joinBody(groupId: string, rest: Beat = {}): ConsumerGroupHeartbeatRequestInput {
  return {
    groupId,
    memberId: 'first',
    memberEpoch: 0,
    rebalanceTimeoutMs: 30_000,
    subscribedTopicNames: [topic],
    topicPartitions: [],
    ...rest,
  }
}

function beatBody(groupId: string, rest: Beat = {}): ConsumerGroupHeartbeatRequestInput {
  return { groupId, memberId: 'first', memberEpoch: 1, ...rest }
}

const badJoins: Readonly<Record<string, Beat>> = {
  'no group': { groupId: '' },
  'no member': { memberId: '' },
  'no rebalance timeout': { rebalanceTimeoutMs: -1 },
  'rebalance timeout 0': { rebalanceTimeoutMs: 0 },
  'no subscription': { subscribedTopicNames: null },
  'an empty subscription': { subscribedTopicNames: [] },
  'no partitions': { topicPartitions: null },
  partitions: { topicPartitions: [{ topicId: unknownId, partitions: [0] }] },
  'an unknown assignor': { serverAssignor: 'other' },
  'an empty assignor': { serverAssignor: '' },
  'the range assignor': { serverAssignor: 'range' },
  'the uniform assignor': { serverAssignor: 'uniform' },
  'an empty instance': { instanceId: '' },
  'an instance': { instanceId: 'i' },
  'an empty rack': { rackId: '' },
  'a rack': { rackId: 'r' },
  'epoch 1': { memberEpoch: 1 },
  'epoch 7': { memberEpoch: 7 },
  'epoch -1': { memberEpoch: -1 },
  'epoch -2': { memberEpoch: -2 },
  'epoch -2 of an instance': { memberEpoch: -2, instanceId: 'i' },
  'epoch -3': { memberEpoch: -3 },
  'a topic twice': { subscribedTopicNames: [topic, topic] },
  'an unknown topic': { subscribedTopicNames: ['consumer.absent'] },
  'a bad topic name': { subscribedTopicNames: ['a b'] },
}

const patterns = [
  'consumer\\..*',
  '',
  '(',
  '[',
  'nothing',
  'consumer.t[a-z]+',
  '\\Qconsumer.topic\\E',
]

async function joins(script: Script): Promise<void> {
  await makeTopic(script, topic, { partitions: 2 })
  const api = consumerGroupHeartbeat
  for (const [label, rest] of Object.entries(badJoins)) {
    await script.ask(api, label, (_, version) => {
      return joinBody(`consumer.${label.replaceAll(' ', '-')}.${version}`, rest)
    })
  }
  for (const subscribedTopicRegex of patterns) {
    const label = `pattern ${subscribedTopicRegex}`
    const group = `consumer.pattern.${patterns.indexOf(subscribedTopicRegex)}`
    const body = { subscribedTopicRegex, subscribedTopicNames: null }
    const versions = script.versions(api, { from: 1 })
    await script.ask(api, label, joinBody(group, body), { versions })
    const both = { subscribedTopicRegex, subscribedTopicNames: [topic] }
    await script.ask(api, `${label}, and a name`, joinBody(`${group}.both`, both), { versions })
  }
}

/** In this order. */
const beats: Readonly<Record<string, Beat>> = {
  'nothing new': {},
  'the partitions': { topicPartitions: [] },
  'another rack': { rackId: 'elsewhere' },
  'a wrong epoch': { memberEpoch: 9 },
  'an unknown member': { memberId: 'second' },
  'an unknown member that leaves': { memberId: 'second', memberEpoch: -1 },
  'another assignor': { serverAssignor: 'range' },
  'an unknown assignor': { serverAssignor: 'other' },
  'another instance': { instanceId: 'j' },
  'an empty subscription': { subscribedTopicNames: [] },
  'partitions that it does not have': {
    topicPartitions: [{ topicId: unknownId, partitions: [3] }],
  },
  'no member': { memberId: '' },
}

async function lives(script: Script): Promise<void> {
  const api = consumerGroupHeartbeat
  for (const version of script.versions(api, { from: 1 })) {
    const versions = [version]
    const group = `consumer.life.${version}`
    await script.ask(api, 'a member joins', joinBody(group), { versions })
    await script.ask(api, 'a member joins again', joinBody(group), { versions })
    await describe(script, group, 'after the join')
    const epochOf: Record<string, number> = {}
    const current = await script.ask(api, 'joins once more', joinBody(group), { versions })
    epochOf['theirs'] = current.theirs?.memberEpoch ?? 0
    epochOf['ours'] = current.ours?.memberEpoch ?? 0
    for (const [label, rest] of Object.entries(beats)) {
      const body = (side: Side) => beatBody(group, { memberEpoch: epochOf[side.name]!, ...rest })
      await script.ask(api, label, body, { versions })
    }
    await describe(script, group, 'after heartbeats')
    await commits(script, group, epochOf)
    await otherProtocol(script, group)
    await script.ask(api, 'a member leaves', beatBody(group, { memberEpoch: -1 }), { versions })
    await script.ask(api, 'a member leaves again', beatBody(group, { memberEpoch: -1 }), {
      versions,
    })
    await describe(script, group, 'after it left')
    const groupsNames = [group]
    const newest = { versions: script.newest(deleteGroups) }
    await script.ask(deleteGroups, 'a consumer group that is empty', { groupsNames }, newest)
  }
}

async function describe(script: Script, group: string, when: string): Promise<void> {
  const groupIds = [group, 'consumer.absent', '']
  await script.ask(consumerGroupDescribe, when, { groupIds }, settles)
  const allowed = { groupIds, includeAuthorizedOperations: true }
  await script.ask(consumerGroupDescribe, `${when}, with operations`, allowed, settles)
  await script.ask(describeGroups, `a consumer group ${when}`, { groups: [group] }, settles)
}

async function commits(
  script: Script,
  group: string,
  epochOf: Readonly<Record<string, number>>,
): Promise<void> {
  const body = (rest: { memberId?: string; generationIdOrMemberEpoch?: number }) => {
    return (side: Side) => ({
      groupId: group,
      memberId: 'first',
      generationIdOrMemberEpoch: epochOf[side.name]!,
      ...rest,
      topics: [
        {
          name: topic,
          topicId: side.topicId(topic),
          partitions: [{ partitionIndex: 0, committedOffset: 3, committedMetadata: null }],
        },
      ],
    })
  }
  await script.ask(offsetCommit, 'a consumer', body({}))
  await script.ask(offsetCommit, 'a consumer of epoch 77', body({ generationIdOrMemberEpoch: 77 }))
  await script.ask(offsetCommit, 'a consumer of epoch 0', body({ generationIdOrMemberEpoch: 0 }))
  await script.ask(offsetCommit, 'an unknown consumer', body({ memberId: 'second' }))
  const nobody = { memberId: '', generationIdOrMemberEpoch: -1 }
  await script.ask(offsetCommit, 'nobody, to a consumer group', body(nobody))
  const versions = script.versions(offsetFetch, { from: 9 })
  for (const memberEpoch of [0, 77, -1]) {
    const groups = [{ groupId: group, memberId: 'first', memberEpoch, topics: null }]
    await script.ask(offsetFetch, `a consumer of epoch ${memberEpoch}`, { groups }, { versions })
  }
  const unknown = [{ groupId: group, memberId: 'second', memberEpoch: 1, topics: null }]
  await script.ask(offsetFetch, 'an unknown consumer', { groups: unknown }, { versions })
}

/** What members of classic groups send to a group of the new kind. */
async function otherProtocol(script: Script, group: string): Promise<void> {
  const protocols = [{ name: 'range', metadata: new Uint8Array() }]
  const protocolType = 'consumer'
  const body = { groupId: group, memberId: '', sessionTimeoutMs: 30_000, protocolType, protocols }
  await script.ask(joinGroup, 'to a consumer group, without a subscription', body)
  const as = { groupId: group, generationId: 1, memberId: 'first' }
  await script.ask(heartbeat, 'to a consumer group', as)
  await script.ask(leaveGroup, 'to a consumer group', { ...as, members: [{ memberId: 'second' }] })
  await script.ask(
    listGroups,
    'with a consumer group',
    { typesFilter: ['consumer'] },
    {
      versions: script.versions(listGroups, { from: 5 }),
      settles: true,
    },
  )
}

async function instances(script: Script): Promise<void> {
  const api = consumerGroupHeartbeat
  const versions = script.newest(api)
  const group = 'consumer.static'
  const ask = async (label: string, body: ConsumerGroupHeartbeatRequestInput): Promise<void> => {
    await script.ask(api, label, body, { versions })
  }
  const instanceId = 'instance'
  await ask('an instance joins', joinBody(group, { instanceId }))
  await ask('another joins as the instance', joinBody(group, { instanceId, memberId: 'second' }))
  await ask('the instance goes away for a while', beatBody(group, { instanceId, memberEpoch: -2 }))
  await ask('another takes its place', joinBody(group, { instanceId, memberId: 'second' }))
  await ask('the first reports', beatBody(group, { instanceId }))
  await ask('the first leaves', beatBody(group, { instanceId, memberEpoch: -1 }))
  await describe(script, group, 'of an instance')
  await ask(
    'the second leaves',
    beatBody(group, { instanceId, memberId: 'second', memberEpoch: -1 }),
  )
}

export const consumerGroupSessions = {
  'members of consumer groups join': joins,
  'the life of a consumer': lives,
  'static members of a consumer group': instances,
}
