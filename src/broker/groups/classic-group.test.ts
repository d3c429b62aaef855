import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  bytesOf,
  ClassicClient,
  formGroup,
  GroupFixture,
  settle,
} from '../../../test/support/group-fixture.ts'
import { errorName } from '../../protocol/error-codes.ts'
import {
  checkProtocols,
  noAssignment,
  selectProtocol,
  type ClassicGroup,
  type ClassicMember,
} from './classic-group.ts'
import { emptyClassicGroup } from './classic-group.ts'
import { groupOf, recordOf } from './classic-group-log.ts'
import { decodeValue } from '../../protocol/records/record-schema.ts'
import { groupMetadataValue } from '../../protocol/records/classic-group-records.ts'

interface Stage {
  readonly fixture: GroupFixture
  readonly leader: ClassicClient
  readonly follower: ClassicClient
}

const stages = {
  async Stable(): Promise<Stage> {
    const fixture = new GroupFixture()
    const leader = new ClassicClient(fixture)
    const follower = new ClassicClient(fixture)
    await formGroup(leader, follower)
    return { fixture, leader, follower }
  },
  async PreparingRebalance(): Promise<Stage> {
    const stage = await stages.Stable()
    void new ClassicClient(stage.fixture).join()
    await settle()
    return stage
  },
  async CompletingRebalance(): Promise<Stage> {
    const stage = await stages.Stable()
    await Promise.all([stage.leader.join(), stage.follower.join()])
    return stage
  },
  async Empty(): Promise<Stage> {
    const stage = await stages.Stable()
    await stage.leader.leave()
    await stage.follower.leave()
    return stage
  },
}
type State = keyof typeof stages

const requests = {
  heartbeat: ({ follower }: Stage) => follower.heartbeat(),
  sync: ({ follower }: Stage) => promptly(follower.sync()),
  'sync of the leader': ({ leader }: Stage) => promptly(leader.sync({ [leader.memberId]: 'L' })),
  join: ({ follower }: Stage) => promptly(join(follower)),
  'join of the leader': ({ leader }: Stage) => promptly(join(leader)),
  'join with new metadata': ({ follower }: Stage) => {
    follower.protocols = ['range', 'other']
    return promptly(join(follower))
  },
  commit: ({ fixture, follower }: Stage) => commit(fixture, follower),
  'commit of nobody': ({ fixture }: Stage) => commit(fixture),
  delete: async ({ fixture }: Stage) => errorName(await fixture.coordinator.deleteGroup('g')),
}
type Request = keyof typeof requests

async function join(client: ClassicClient): Promise<string> {
  return errorName((await client.join()).errorCode)
}

/** Returns the answer, or that there is none yet. */
function promptly(answer: Promise<string>): Promise<string> {
  return Promise.race([answer, settle().then(() => 'waits')])
}

async function commit(
  { topics, coordinator }: GroupFixture,
  client?: ClassicClient,
): Promise<string> {
  topics.set('t', 1)
  const partition = { partitionIndex: 0, committedOffset: 1, committedLeaderEpoch: -1 }
  const { topics: answers } = await coordinator.commitOffsets(
    {
      groupId: 'g',
      generationIdOrMemberEpoch: client?.generation ?? -1,
      memberId: client?.memberId ?? '',
      groupInstanceId: null,
      retentionTimeMs: -1,
      topics: [{ name: 't', topicId: '', partitions: [{ ...partition, committedMetadata: '' }] }],
    },
    9,
  )
  return errorName(answers[0]!.partitions[0]!.errorCode)
}

const rebalancing = 'REBALANCE_IN_PROGRESS'
const unknown = 'UNKNOWN_MEMBER_ID'
const table: Readonly<Record<Request, readonly [State, string, State][]>> = {
  heartbeat: [
    ['Stable', 'NONE', 'Stable'],
    ['PreparingRebalance', rebalancing, 'PreparingRebalance'],
    ['CompletingRebalance', 'NONE', 'CompletingRebalance'],
    ['Empty', unknown, 'Empty'],
  ],
  sync: [
    ['Stable', '1', 'Stable'],
    ['PreparingRebalance', rebalancing, 'PreparingRebalance'],
    ['CompletingRebalance', 'waits', 'CompletingRebalance'],
    ['Empty', unknown, 'Empty'],
  ],
  'sync of the leader': [
    ['Stable', '0', 'Stable'],
    ['PreparingRebalance', rebalancing, 'PreparingRebalance'],
    ['CompletingRebalance', 'L', 'Stable'],
    ['Empty', unknown, 'Empty'],
  ],
  join: [
    ['Stable', 'NONE', 'Stable'],
    ['PreparingRebalance', 'waits', 'PreparingRebalance'],
    ['CompletingRebalance', 'NONE', 'CompletingRebalance'],
    ['Empty', unknown, 'Empty'],
  ],
  'join of the leader': [
    ['Stable', 'waits', 'PreparingRebalance'],
    ['PreparingRebalance', 'waits', 'PreparingRebalance'],
    ['CompletingRebalance', 'NONE', 'CompletingRebalance'],
    ['Empty', unknown, 'Empty'],
  ],
  'join with new metadata': [
    ['Stable', 'waits', 'PreparingRebalance'],
    ['PreparingRebalance', 'waits', 'PreparingRebalance'],
    ['CompletingRebalance', 'waits', 'PreparingRebalance'],
    ['Empty', unknown, 'Empty'],
  ],
  commit: [
    ['Stable', 'NONE', 'Stable'],
    ['PreparingRebalance', 'NONE', 'PreparingRebalance'],
    ['CompletingRebalance', rebalancing, 'CompletingRebalance'],
    ['Empty', unknown, 'Empty'],
  ],
  'commit of nobody': [
    ['Stable', unknown, 'Stable'],
    ['PreparingRebalance', unknown, 'PreparingRebalance'],
    ['CompletingRebalance', unknown, 'CompletingRebalance'],
    ['Empty', 'NONE', 'Empty'],
  ],
  delete: [
    ['Stable', 'NON_EMPTY_GROUP', 'Stable'],
    ['PreparingRebalance', 'NON_EMPTY_GROUP', 'PreparingRebalance'],
    ['CompletingRebalance', 'NON_EMPTY_GROUP', 'CompletingRebalance'],
  ],
}

for (const request of Object.keys(table) as Request[]) {
  test(`${request}: what a classic group answers in each of its states`, async () => {
    for (const [state, answer, next] of table[request]) {
      const stage = await stages[state]()
      assert.equal(await requests[request](stage), answer, state)
      const { groups } = stage.fixture.coordinator.describeGroups({ groups: ['g'] })
      assert.equal(groups[0]!.groupState, next, state)
      stage.fixture.coordinator.close()
    }
  })
}

function member(memberId: string, ...protocols: readonly string[]): ClassicMember {
  return {
    memberId,
    instanceId: memberId === 'static' ? 'i' : null,
    clientId: 'c',
    clientHost: '/h',
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 60_000,
    protocols: protocols.map((name) => ({ name, metadata: bytesOf(name) })),
    assignment: noAssignment,
    join: undefined,
    sync: undefined,
    canReturn: true,
  }
}

function groupWith(...members: readonly ClassicMember[]): ClassicGroup {
  const byId = new Map(members.map((each) => [each.memberId, each]))
  return { ...emptyClassicGroup('g'), state: 'Stable', members: byId }
}

test('selectProtocol() counts votes for protocols that all members support', () => {
  const cases: readonly [string, readonly (readonly string[])[]][] = [
    ['a', [['a']]],
    [
      'a',
      [
        ['a', 'b'],
        ['b', 'a'],
        ['a', 'b'],
      ],
    ],
    ['b', [['a', 'b'], ['b'], ['b', 'a']]],
    // Of as many votes the protocol wins that was voted for first.
    [
      'a',
      [
        ['a', 'b'],
        ['b', 'a'],
      ],
    ],
  ]
  for (const [selected, offers] of cases) {
    const members = offers.map((offer, index) => member(`m${index}`, ...offer))
    assert.equal(selectProtocol(groupWith(...members)), selected)
  }
})

test('checkProtocols() refuses more protocols than a client could need', () => {
  const offered = (count: number) => ({
    protocolType: 'consumer',
    protocols: Array.from({ length: count }, (_, index) => ({
      name: `p${index}`,
      metadata: noAssignment,
    })),
  })
  const group = emptyClassicGroup('g')
  checkProtocols(group, offered(100))
  const refused = { errorName: 'INCONSISTENT_GROUP_PROTOCOL' }
  assert.throws(() => checkProtocols(group, offered(101)), refused)
  assert.throws(() => checkProtocols(group, offered(0)), refused)
})

test('recordOf() and groupOf() keep what a stable group is made of', () => {
  const group: ClassicGroup = {
    ...groupWith(member('static', 'range'), member('b', 'range')),
    generation: 7,
    protocolType: 'consumer',
    protocol: 'range',
    leader: 'b',
    stateTimestampMs: 5,
  }
  const value = decodeValue(groupMetadataValue, recordOf(group).value!)
  assert.deepEqual(groupOf('g', value), group)
})
