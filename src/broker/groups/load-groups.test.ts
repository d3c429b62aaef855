import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryStateLog } from '../../../test/support/group-fixture.ts'
import { recordOf as classicRecordOf } from './classic-group-log.ts'
import { emptyClassicGroup } from './classic-group.ts'
import { recordOf, removalOf } from './consumer-group-log.ts'
import {
  applyEvents,
  emptyConsumerGroup,
  newConsumerMember,
  type ConsumerGroup,
  type ConsumerGroupEvent,
} from './consumer-group.ts'
import { loadGroups } from './load-groups.ts'

/** The events of a group that `count` members join, one after the other. */
function joins(count: number): ConsumerGroupEvent[] {
  return Array.from({ length: count }, (_, index): ConsumerGroupEvent[] => {
    const memberId = `m${index}`
    const { subscription, ...progress } = newConsumerMember(memberId)
    return [
      { type: 'group', epoch: index + 1, metadataHash: '0123456789abcdef' },
      { type: 'member', memberId, subscription },
      { type: 'target', memberId, target: new Map([['AAAAAAAAAAAAAAAAAAAAAQ', [index]]]) },
      { type: 'progress', memberId, progress: { ...progress, epoch: index + 1 } },
    ]
  }).flat()
}

async function store(log: MemoryStateLog, events: readonly ConsumerGroupEvent[]): Promise<void> {
  await log.append(events.map((event) => recordOf('g', event)))
}

function summary(group: ConsumerGroup): unknown {
  const members = [...group.members.values()].map(({ memberId, epoch }) => [memberId, epoch])
  return { epoch: group.epoch, members, targets: [...group.targets] }
}

test('loadGroups() gives the group that its records lead to, however many', async () => {
  const log = new MemoryStateLog()
  const left = (index: number): ConsumerGroupEvent[] => [
    { type: 'progress-removed', memberId: `m${index}` },
    { type: 'target-removed', memberId: `m${index}` },
    { type: 'member-removed', memberId: `m${index}` },
  ]
  const events = [...joins(600), ...left(3), ...left(299), ...joins(4)]
  await store(log, events)
  const expected = applyEvents(emptyConsumerGroup('g'), events)
  const loaded = loadGroups(log).groups.get('g')
  assert.ok(loaded?.kind === 'consumer')
  assert.deepEqual(summary(loaded), summary(expected))
})

test('loadGroups() forgets what a group was before it was removed', async () => {
  const log = new MemoryStateLog()
  await store(log, joins(5))
  await log.append(removalOf(applyEvents(emptyConsumerGroup('g'), joins(5))))
  assert.equal(loadGroups(log).groups.has('g'), false)
  await store(log, joins(2))
  await log.append([classicRecordOf({ ...emptyClassicGroup('g'), generation: 7 })])
  assert.equal(loadGroups(log).groups.get('g')?.kind, 'classic')
  await store(log, joins(1))
  const loaded = loadGroups(log).groups.get('g')
  assert.ok(loaded?.kind === 'consumer')
  assert.deepEqual([...loaded.members.keys()], ['m0'])
})

test('loadGroups() copies a large group once for many of its records', async (context) => {
  const log = new MemoryStateLog()
  const events = joins(300)
  await store(log, events)
  // To copy a map is to set each of its entries in the new one.
  const { mock } = context.mock.method(Map.prototype, 'set')
  loadGroups(log)
  const setCount = mock.callCount()
  mock.restore()
  assert.ok(setCount < 5 * events.length, `${setCount} entries were set`)
})
