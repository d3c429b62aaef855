import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assignmentOf, noPartitions } from './assignment.ts'
import {
  applyEvents,
  emptyConsumerGroup,
  type ConsumerGroupEvent,
  type MemberSubscription,
} from './consumer-group.ts'
import { decodeConsumerGroupRecord, recordOf, removalOf } from './consumer-group-log.ts'

const topicId = 'BBBBBBBBBBBBBBBBBBBBBA'
const some = assignmentOf([{ topicId, partitions: [2, 0] }])
const since = new Map([
  [
    topicId,
    new Map([
      [0, 1],
      [2, 2],
    ]),
  ],
])
const subscription: MemberSubscription = {
  instanceId: 'i',
  rackId: null,
  clientId: 'c',
  clientHost: '/h',
  topicNames: ['t'],
  topicRegex: 'x.*',
  rebalanceTimeoutMs: 5000,
  serverAssignor: 'range',
  classic: null,
}

const events: readonly ConsumerGroupEvent[] = [
  { type: 'member', memberId: 'm', subscription },
  { type: 'group', epoch: 3, metadataHash: '0123456789abcdef' },
  { type: 'target', memberId: 'm', target: some },
  { type: 'target-epoch', epoch: 3, timestampMs: 1_700_000_000_000 },
  {
    type: 'progress',
    memberId: 'm',
    progress: {
      epoch: 2,
      previousEpoch: 1,
      state: 'unrevoked',
      assigned: noPartitions,
      revoking: some,
      since,
    },
  },
  { type: 'progress-removed', memberId: 'm' },
  { type: 'target-removed', memberId: 'm' },
  { type: 'member-removed', memberId: 'm' },
]

test('recordOf() keeps every event', () => {
  for (const event of events) {
    const { key, value } = recordOf('g', event)
    assert.deepEqual(decodeConsumerGroupRecord(key!, value), { groupId: 'g', event }, event.type)
  }
})

test('recordOf() keeps every state of a member', () => {
  for (const state of ['stable', 'unrevoked', 'unreleased'] as const) {
    const epochs = { epoch: 1, previousEpoch: 0, since }
    const progress = { ...epochs, state, assigned: some, revoking: noPartitions }
    const event: ConsumerGroupEvent = { type: 'progress', memberId: 'm', progress }
    const { key, value } = recordOf('g', event)
    assert.deepEqual(decodeConsumerGroupRecord(key!, value)?.event, event)
  }
})

// The layout is Kafka's, so it is pinned by bytes written out by hand.
test('recordOf() writes the layout of Kafka', () => {
  const group = recordOf('g', { type: 'group', epoch: 3, metadataHash: '0123456789abcdef' })
  assert.equal(hex(group.key), '0003' + '000167')
  assert.equal(hex(group.value), '0000' + '00000003' + '01' + '0008' + '0123456789abcdef')
  const removed = recordOf('g', { type: 'member-removed', memberId: 'm' })
  assert.equal(hex(removed.key), '0005' + '000167' + '00016d')
  assert.equal(removed.value, null)
})

function hex(bytes: Uint8Array | null): string {
  return Buffer.from(bytes!).toString('hex')
}

test('removalOf() removes all that a group is made of, the group last', () => {
  const group = applyEvents(emptyConsumerGroup('g'), events.slice(0, 5))
  const decoded = removalOf(group).map(({ key, value }) => decodeConsumerGroupRecord(key!, value))
  assert.deepEqual(
    decoded.map((record) =>
      record?.event === 'group-removed' ? record.event : record?.event.type,
    ),
    ['progress-removed', 'target-removed', undefined, 'member-removed', 'group-removed'],
  )
})
