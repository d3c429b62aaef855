import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assignmentOf, topicPartitionsOf } from './assignment.ts'
import {
  applyEvents,
  emptyConsumerGroup,
  type ConsumerGroup,
  type HeldProgress,
  type MemberProgress,
  type MemberState,
} from './consumer-group.ts'
import { heldNothing } from './held-since.ts'
import { decideProgress } from './consumer-reconcile.ts'

const set = (...partitions: number[]) => assignmentOf([{ topicId: 't', partitions }])

/** Reads `<epoch> <state> <assigned>/<revoking>`, such as `5 unrevoked 1,2/3`. */
function progress(notation: string): MemberProgress {
  const [epoch, state, partitions] = notation.split(' ')
  const [assigned, revoking] = partitions!.split('/').map((list) => list.split(',').filter(Boolean))
  return {
    epoch: Number(epoch),
    previousEpoch: Number(epoch) - 1,
    state: state as MemberState,
    assigned: set(...assigned!.map(Number)),
    revoking: set(...revoking!.map(Number)),
  }
}

function held(text: string): HeldProgress {
  return { ...progress(text), since: heldNothing }
}

function notation({ epoch, state, assigned, revoking }: MemberProgress): string {
  const [mine, leaving] = [assigned, revoking].map((each) =>
    topicPartitionsOf(each).flatMap(({ partitions }) => partitions),
  )
  return `${epoch} ${state} ${mine!.join()}/${leaving!.join()}`
}

function group(member: string, other: string, target: readonly number[]): ConsumerGroup {
  return applyEvents(emptyConsumerGroup('g'), [
    { type: 'group', epoch: 6, metadataHash: '' },
    { type: 'target-epoch', epoch: 6, timestampMs: 0 },
    { type: 'progress', memberId: 'm', progress: held(member) },
    { type: 'progress', memberId: 'other', progress: held(other) },
    { type: 'target', memberId: 'm', target: set(...target) },
  ])
}

interface Case {
  readonly member: string
  /** What the member reports that it has; `undefined` where it reports nothing. */
  readonly owned?: readonly number[]
  readonly target: readonly number[]
  /** What the other member has. */
  readonly other?: string
  /** `undefined` where nothing changes. */
  readonly next: string | undefined
}

const cases: Readonly<Record<string, Case>> = {
  'a member that is where it shall be stays': {
    member: '6 stable 1,2/',
    target: [1, 2],
    next: undefined,
  },
  'a member whose target is the same goes to its epoch': {
    member: '5 stable 1,2/',
    target: [1, 2],
    next: '6 stable 1,2/',
  },
  'a new member takes what is free': {
    member: '0 stable /',
    owned: [],
    target: [1, 2],
    next: '6 stable 1,2/',
  },
  'a new member waits for what another has': {
    member: '0 stable /',
    owned: [],
    target: [1, 2],
    other: '5 stable 2,3/',
    next: '6 unreleased 1/',
  },
  'a new member waits for what another has to give up': {
    member: '0 stable /',
    owned: [],
    target: [1, 2],
    other: '5 unrevoked 3/1,2',
    next: '6 unreleased /',
  },
  'a waiting member takes what has been released': {
    member: '6 unreleased 1/',
    target: [1, 2, 3],
    other: '6 stable 3/',
    next: '6 unreleased 1,2/',
  },
  'a waiting member that has all is stable': {
    member: '6 unreleased 1/',
    target: [1, 2],
    other: '6 stable 3/',
    next: '6 stable 1,2/',
  },
  'a waiting member waits on': {
    member: '6 unreleased 1/',
    target: [1, 2],
    other: '5 stable 2/',
    next: undefined,
  },
  'a member gives up before it goes to the next epoch': {
    member: '5 stable 1,2,3/',
    owned: [1, 2, 3],
    target: [1, 4],
    next: '5 unrevoked 1/2,3',
  },
  'a member that reports nothing still has all': {
    member: '5 stable 1,2/',
    target: [1],
    next: '5 unrevoked 1/2',
  },
  'a member that has not given up all stays': {
    member: '5 unrevoked 1/2,3',
    owned: [1, 3],
    target: [1],
    next: undefined,
  },
  'a member that reports nothing has not given up': {
    member: '5 unrevoked 1/2,3',
    target: [1],
    next: undefined,
  },
  'a member that has given up goes on': {
    member: '5 unrevoked 1/2,3',
    owned: [1],
    target: [1, 4],
    next: '6 stable 1,4/',
  },
  'a member that has to give up even more goes one epoch further': {
    member: '4 unrevoked 1,2/3',
    owned: [1, 2],
    target: [1],
    next: '5 unrevoked 1/2',
  },
  'a member that may keep what it has just given up gets it with the next heartbeat': {
    member: '5 unrevoked 1/2',
    owned: [1],
    target: [1, 2],
    next: '6 unreleased 1/',
  },
  'a member that joins again and has nothing gives up at once': {
    member: '0 stable 1,2/',
    owned: [],
    target: [1, 3],
    next: '6 stable 1,3/',
  },
}

for (const [name, { member, owned, target, other = '6 stable 9/', next }] of Object.entries(
  cases,
)) {
  test(`decideProgress(): ${name}`, () => {
    const state = group(member, other, target)
    const reported = owned && set(...owned)
    const decided = decideProgress(state, state.members.get('m')!, reported)
    assert.equal(decided && notation(decided), next)
  })
}

test('decideProgress() keeps the epoch before, for a member whose answer is lost', () => {
  const state = group('5 stable 1/', '6 stable 9/', [1])
  assert.equal(decideProgress(state, state.members.get('m')!, undefined)?.previousEpoch, 5)
  const waiting = group('6 unreleased /', '6 stable 9/', [1])
  assert.equal(decideProgress(waiting, waiting.members.get('m')!, undefined)?.previousEpoch, 5)
})
