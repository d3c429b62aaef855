/** Classic groups: members that join, are given parts, report, commit and leave. */

import { deleteGroups } from '../../../../src/protocol/delete-groups.ts'
import { describeGroups } from '../../../../src/protocol/describe-groups.ts'
import { heartbeat } from '../../../../src/protocol/heartbeat.ts'
import { joinGroup, type JoinGroupRequestInput } from '../../../../src/protocol/join-group.ts'
import { leaveGroup } from '../../../../src/protocol/leave-group.ts'
import { listGroups } from '../../../../src/protocol/list-groups.ts'
import { offsetCommit } from '../../../../src/protocol/offset-commit.ts'
import { offsetDelete } from '../../../../src/protocol/offset-delete.ts'
import { offsetFetch } from '../../../../src/protocol/offset-fetch.ts'
import { syncGroup, type SyncGroupRequestInput } from '../../../../src/protocol/sync-group.ts'
import type { Answers, Script } from '../script.ts'
import type { Side } from '../side.ts'
import { makeTopic } from './fixtures.ts'

type Join = Partial<JoinGroupRequestInput>
type Joined = Answers<{ readonly memberId: string; readonly generationId: number }>

const topic = 'classic.topic'
const settles = { settles: true }
const memberIdRequired = 79
/** A subscription of the consumer protocol, version 0, to `classic.topic`. */
const subscription = new Uint8Array(
  Buffer.from('00000000000100' + '0d' + Buffer.from(topic).toString('hex') + '00000000', 'hex'),
)
const assignment = new Uint8Array(
  Buffer.from(
    '00000000000100' + '0d' + Buffer.from(topic).toString('hex') + '000000010000000000000000',
    'hex',
  ),
)

function joinBody(groupId: string, rest: Join = {}): JoinGroupRequestInput {
  return {
    groupId,
    sessionTimeoutMs: 30_000,
    rebalanceTimeoutMs: 30_000,
    memberId: '',
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: subscription }],
    ...rest,
  }
}

function memberOf(joined: Joined, side: Side): string {
  return joined[side.name]?.memberId ?? 'none'
}

function generationOf(joined: Joined, side: Side): number {
  return joined[side.name]?.generationId ?? -7
}

interface Joining {
  readonly group: string
  readonly version?: number
  readonly rest?: Join
  readonly connection?: string
}

/** Joins as a new member, with the second request that is needed from version 4 on. */
async function join(
  script: Script,
  { group, version, rest, connection = 'main' }: Joining,
): Promise<Joined> {
  const versions = version === undefined ? script.newest(joinGroup) : [version]
  const options = { versions, connection }
  const first = await script.ask(joinGroup, 'a member joins', joinBody(group, rest), options)
  if (first.theirs?.errorCode !== memberIdRequired) return first
  return await script.ask(
    joinGroup,
    'a member joins with its id',
    (side) => joinBody(group, { ...rest, memberId: memberOf(first, side) }),
    options,
  )
}

/** Apache Kafka never answers a join with one protocol twice. */
const badJoins: Readonly<Record<string, Join>> = {
  'no group': { groupId: '' },
  'a session too short': { sessionTimeoutMs: 10 },
  'a session too long': { sessionTimeoutMs: 100_000_000 },
  'no session': { sessionTimeoutMs: 0 },
  'no protocol type': { protocolType: '' },
  'no protocols': { protocols: [] },
  'an unknown member': { memberId: 'nobody' },
  'an unknown member of an instance': { memberId: 'nobody', groupInstanceId: 'i' },
}

async function refused(script: Script): Promise<void> {
  await makeTopic(script, topic, { partitions: 2 })
  for (const [label, rest] of Object.entries(badJoins)) {
    await script.ask(joinGroup, label, (_, version) => {
      return joinBody(`classic.${label.replaceAll(' ', '-')}.${version}`, rest)
    })
  }
  const empty = { groupId: '', generationId: 1, memberId: 'nobody', members: [{ memberId: 'x' }] }
  const unknown = { ...empty, groupId: 'classic.absent' }
  for (const [label, body] of Object.entries({ 'no group': empty, 'an unknown group': unknown })) {
    await script.ask(syncGroup, label, { ...body, protocolType: 'consumer', protocolName: 'range' })
    await script.ask(heartbeat, label, body)
    await script.ask(leaveGroup, label, body)
  }
}

/** All requests of one member's life, in each version. */
async function lives(script: Script): Promise<void> {
  for (const version of script.versions(joinGroup)) {
    const group = `classic.life.${version}`
    const joined = await join(script, { group, version })
    await describe(script, group, 'after the join')
    await sync(script, group, joined)
    await describe(script, group, 'after the sync')
    await beat(script, group, joined)
    await commit(script, group, joined)
    await rejoin(script, { group, version }, joined)
    await leave(script, group, joined)
    await describe(script, group, 'after the member left')
    await script.ask(heartbeat, 'after it left', (side) => {
      return { groupId: group, generationId: 1, memberId: memberOf(joined, side) }
    })
    await script.ask(
      deleteGroups,
      'a group that is empty',
      { groupsNames: [group] },
      {
        versions: script.newest(deleteGroups),
      },
    )
  }
}

async function describe(script: Script, group: string, when: string): Promise<void> {
  const groups = [group, 'classic.absent', '']
  await script.ask(describeGroups, when, { groups }, settles)
  const allowed = { groups, includeAuthorizedOperations: true }
  await script.ask(describeGroups, `${when}, with operations`, allowed, settles)
}

async function sync(script: Script, group: string, joined: Joined): Promise<void> {
  const body = (rest: Partial<SyncGroupRequestInput> = {}) => {
    return (side: Side): SyncGroupRequestInput => ({
      groupId: group,
      generationId: generationOf(joined, side),
      memberId: memberOf(joined, side),
      protocolType: 'consumer',
      protocolName: 'range',
      ...rest,
    })
  }
  await script.ask(syncGroup, 'a wrong generation', body({ generationId: 9 }))
  await script.ask(syncGroup, 'an unknown member', body({ memberId: 'nobody' }))
  await script.ask(syncGroup, 'an unknown instance', body({ groupInstanceId: 'i' }))
  const versions = script.versions(syncGroup, { from: 5 })
  await script.ask(syncGroup, 'a wrong type', body({ protocolType: 'connect' }), { versions })
  await script.ask(syncGroup, 'a wrong protocol', body({ protocolName: 'other' }), { versions })
  await script.ask(syncGroup, 'no type', body({ protocolType: null }), { versions })
  const all = (side: Side): SyncGroupRequestInput => {
    const assignments = [{ memberId: memberOf(joined, side), assignment }]
    return { ...body()(side), assignments }
  }
  await script.ask(syncGroup, 'the leader', all)
  await script.ask(syncGroup, 'the leader, again', body())
}

async function beat(script: Script, group: string, joined: Joined): Promise<void> {
  const body = (rest: { generationId?: number; memberId?: string; groupInstanceId?: string }) => {
    return (side: Side) => ({
      groupId: group,
      generationId: generationOf(joined, side),
      memberId: memberOf(joined, side),
      ...rest,
    })
  }
  await script.ask(heartbeat, 'a member', body({}))
  await script.ask(heartbeat, 'a wrong generation', body({ generationId: 77 }))
  await script.ask(heartbeat, 'no generation', body({ generationId: -1 }))
  await script.ask(heartbeat, 'an unknown member', body({ memberId: 'nobody' }))
  await script.ask(heartbeat, 'no member', body({ memberId: '' }))
  await script.ask(heartbeat, 'an unknown instance', body({ groupInstanceId: 'i' }))
}

async function commit(script: Script, group: string, joined: Joined): Promise<void> {
  const body = (rest: { generationIdOrMemberEpoch?: number; memberId?: string }) => {
    return (side: Side) => ({
      groupId: group,
      generationIdOrMemberEpoch: generationOf(joined, side),
      memberId: memberOf(joined, side),
      ...rest,
      topics: [
        {
          name: topic,
          topicId: side.topicId(topic),
          partitions: [{ partitionIndex: 0, committedOffset: 5, committedMetadata: null }],
        },
      ],
    })
  }
  await script.ask(offsetCommit, 'a member', body({}))
  await script.ask(offsetCommit, 'a wrong generation', body({ generationIdOrMemberEpoch: 77 }))
  await script.ask(offsetCommit, 'no generation', body({ generationIdOrMemberEpoch: -1 }))
  await script.ask(offsetCommit, 'an unknown member', body({ memberId: 'nobody' }))
  const nobody = { generationIdOrMemberEpoch: -1, memberId: '' }
  await script.ask(offsetCommit, 'nobody, to a group with members', body(nobody))
  const versions = script.newest(offsetFetch)
  const groups = [{ groupId: group, topics: null }]
  await script.ask(offsetFetch, 'of a group with members', { groups }, { versions, ...settles })
  const partitions = [{ partitionIndex: 0 }]
  const topics = [{ name: topic, partitions }]
  await script.ask(offsetDelete, 'of a topic that is subscribed to', { groupId: group, topics })
  await script.ask(deleteGroups, 'a group with members', { groupsNames: [group] })
}

/** A member that is there joins again, as it is and otherwise. */
async function rejoin(script: Script, { group, version }: Joining, joined: Joined): Promise<void> {
  const versions = version === undefined ? [] : [version]
  const rejoin = async (label: string, rest: Join): Promise<void> => {
    const body = (side: Side) => joinBody(group, { memberId: memberOf(joined, side), ...rest })
    await script.ask(joinGroup, label, body, { versions })
  }
  await rejoin('another protocol type', { protocolType: 'connect' })
  await rejoin('an unknown member of a group', { memberId: 'nobody' })
  await rejoin('the leader again', {})
  await rejoin('another protocol', { protocols: [{ name: 'other', metadata: new Uint8Array() }] })
}

async function leave(script: Script, group: string, joined: Joined): Promise<void> {
  const body = (members: readonly { memberId?: string; groupInstanceId?: string }[]) => {
    return (side: Side) => {
      const memberId = members[0]?.memberId ?? memberOf(joined, side)
      const list = members.map((member) => ({ memberId, ...member }))
      return { groupId: group, memberId, members: list }
    }
  }
  await script.ask(leaveGroup, 'an unknown member', body([{ memberId: 'nobody' }]))
  await script.ask(leaveGroup, 'no members', body([]), {
    versions: script.versions(leaveGroup, { from: 3 }),
  })
  const unknown = [{ groupInstanceId: 'i' }, { memberId: '', groupInstanceId: 'j' }]
  const versions = script.versions(leaveGroup, { from: 3 })
  await script.ask(leaveGroup, 'unknown instances', body(unknown), { versions })
  await script.ask(leaveGroup, 'a member, in every version', body([{}]))
}

/** Two members: the second interrupts the first. */
async function rebalances(script: Script): Promise<void> {
  const versions = script.newest(joinGroup)
  const group = 'classic.two'
  const first = await join(script, { group })
  await syncAll(script, group, [first])
  const asked = await script.ask(joinGroup, 'a second member asks for its id', joinBody(group), {
    versions,
    connection: 'second',
  })
  const pending = script.ask(
    joinGroup,
    'a second member joins',
    (side) => joinBody(group, { memberId: memberOf(asked, side) }),
    { versions, connection: 'second' },
  )
  await script.ask(
    heartbeat,
    'during a rebalance',
    (side) => ({ groupId: group, generationId: 1, memberId: memberOf(first, side) }),
    { versions: script.newest(heartbeat), until: ({ errorCode }) => errorCode !== 0 },
  )
  await describe(script, group, 'during a rebalance')
  await script.ask(syncGroup, 'during a rebalance', (side) => ({
    groupId: group,
    generationId: 1,
    memberId: memberOf(first, side),
    protocolType: 'consumer',
    protocolName: 'range',
  }))
  await commitAs(script, group, first)
  const again = await script.ask(
    joinGroup,
    'the first member joins again',
    (side) => joinBody(group, { memberId: memberOf(first, side) }),
    { versions },
  )
  const second = await pending
  await describe(script, group, 'before the second sync')
  await commitAs(script, group, again)
  await syncAll(script, group, [again, second])
  await describe(script, group, 'after the second sync')
  await script.ask(
    joinGroup,
    'a third of another type',
    joinBody(group, { protocolType: 'connect' }),
    { versions },
  )
  await script.ask(
    leaveGroup,
    'both',
    (side) => ({
      groupId: group,
      members: [{ memberId: memberOf(again, side) }, { memberId: memberOf(second, side) }],
    }),
    { versions: script.newest(leaveGroup) },
  )
}

async function commitAs(script: Script, group: string, joined: Joined): Promise<void> {
  await script.ask(offsetCommit, 'during a rebalance', (side) => ({
    groupId: group,
    generationIdOrMemberEpoch: generationOf(joined, side),
    memberId: memberOf(joined, side),
    topics: [
      {
        name: topic,
        topicId: side.topicId(topic),
        partitions: [{ partitionIndex: 0, committedOffset: 6, committedMetadata: null }],
      },
    ],
  }))
}

async function syncAll(script: Script, group: string, members: readonly Joined[]): Promise<void> {
  const body = (joined: Joined, isLeader: boolean) => (side: Side) => ({
    groupId: group,
    generationId: generationOf(joined, side),
    memberId: memberOf(joined, side),
    protocolType: 'consumer',
    protocolName: 'range',
    assignments: isLeader
      ? members.map((member) => ({ memberId: memberOf(member, side), assignment }))
      : [],
  })
  const versions = script.newest(syncGroup)
  for (const [index, member] of members.entries()) {
    const label = `member ${index}`
    const connection = index === 0 ? 'main' : 'second'
    await script.ask(syncGroup, label, body(member, index === 0), { versions, connection })
  }
}

/** Static members (KIP-345): one takes the place of another with the same instance id. */
async function instances(script: Script): Promise<void> {
  for (const version of script.versions(joinGroup, { from: 5 })) {
    const group = `classic.static.${version}`
    const rest = { groupInstanceId: 'instance' }
    const first = await join(script, { group, version, rest })
    await syncAll(script, group, [first])
    await describe(script, group, 'of a static member')
    const next = await script.ask(joinGroup, 'the instance anew', joinBody(group, rest), {
      versions: [version],
    })
    const asFirst = (side: Side) => ({
      groupId: group,
      generationId: generationOf(next, side),
      memberId: memberOf(first, side),
      groupInstanceId: 'instance',
    })
    const versions = script.newest(heartbeat)
    await script.ask(heartbeat, 'a fenced instance', asFirst, { versions })
    await script.ask(
      syncGroup,
      'a fenced instance',
      (side) => {
        return { ...asFirst(side), protocolType: 'consumer', protocolName: 'range' }
      },
      { versions: script.newest(syncGroup) },
    )
    await script.ask(
      joinGroup,
      'a fenced instance',
      (side) => {
        return joinBody(group, { ...rest, memberId: memberOf(first, side) })
      },
      { versions: [version] },
    )
    await script.ask(
      heartbeat,
      'the new instance',
      (side) => {
        return { ...asFirst(side), memberId: memberOf(next, side) }
      },
      { versions },
    )
    await describe(script, group, 'of the instance anew')
    const members = [{ memberId: '', groupInstanceId: 'instance' }]
    const body = { groupId: group, members }
    await script.ask(leaveGroup, 'an instance', body, { versions: script.newest(leaveGroup) })
    await script.ask(leaveGroup, 'an instance again', body, { versions: script.newest(leaveGroup) })
  }
}

async function lists(script: Script): Promise<void> {
  await join(script, { group: 'classic.listed', rest: { protocolType: 'other' } })
  await script.ask(listGroups, 'all', {}, settles)
  const filters = [
    ['Empty'],
    ['empty'],
    ['Stable', 'Dead'],
    ['CompletingRebalance'],
    ['none'],
    [''],
  ]
  for (const statesFilter of filters) {
    const versions = script.versions(listGroups, { from: 4 })
    const label = `states ${statesFilter.join()}`
    await script.ask(listGroups, label, { statesFilter }, { versions, ...settles })
  }
  for (const typesFilter of [['classic'], ['Classic'], ['consumer'], ['share'], ['none'], ['']]) {
    const versions = script.versions(listGroups, { from: 5 })
    const label = `types ${typesFilter.join()}`
    await script.ask(listGroups, label, { typesFilter }, { versions, ...settles })
    const statesFilter = ['Empty']
    const both = `${label}, which are empty`
    await script.ask(listGroups, both, { typesFilter, statesFilter }, { versions, ...settles })
  }
}

export const classicGroupSessions = {
  'members of classic groups are refused': refused,
  'the life of a member': lives,
  'two members of a classic group': rebalances,
  'static members of a classic group': instances,
  'groups are listed': lists,
}
