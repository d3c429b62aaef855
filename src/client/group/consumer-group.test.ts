import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pass, ScriptedBroker, settled, topicId } from '../../../test/support/scripted-broker.ts'
import { consumerGroupHeartbeat } from '../../protocol/consumer-group-heartbeat.ts'
import type { ConsumerGroupHeartbeatRequest } from '../../protocol/consumer-group-heartbeat.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { findCoordinator } from '../../protocol/find-coordinator.ts'
import { offsetCommit } from '../../protocol/offset-commit.ts'
import { offsetFetch } from '../../protocol/offset-fetch.ts'
import { ConsumerGroup } from './consumer-group.ts'

function newBroker(): ScriptedBroker {
  return new ScriptedBroker()
    .on(findCoordinator, ({ coordinatorKeys: [key = ''] }) => ({
      coordinators: [{ key, nodeId: 1, host: 'broker-1', port: 9092, errorCode: 0 }],
    }))
    .withTopics({ orders: 1 })
}

const heartbeatOf = ({ memberId, memberEpoch }: ConsumerGroupHeartbeatRequest) => ({
  errorCode: 0,
  memberId,
  memberEpoch: memberEpoch < 0 ? memberEpoch : 1,
  heartbeatIntervalMs: 5000,
  assignment: { topicPartitions: [{ topicId: topicId('orders'), partitions: [0] }] },
})

function newGroup(broker: ScriptedBroker): ConsumerGroup {
  const options = {
    group: 'g',
    topics: ['orders'],
    heartbeatIntervalMs: 3000,
    sessionTimeoutMs: 30_000,
    rebalanceTimeoutMs: 60_000,
    isolation: 'read_uncommitted' as const,
  }
  return new ConsumerGroup(broker.cluster(), options, {
    onAssigned: async () => {},
    onRevoked: async () => {},
    onLost: () => {},
    onContact: () => {},
    onError: (error) => assert.fail(error),
  })
}

test('committed() waits for transactions that commit offsets, whatever is read', async () => {
  // What a transaction is to commit is 9, and 5 was committed before it.
  const committing = [true, false]
  const broker = newBroker().on(offsetFetch, ({ requireStable }) => {
    const isOpen = committing.shift()
    const isHeld = isOpen && requireStable
    const errorCode = isHeld ? errorCodes.UNSTABLE_OFFSET_COMMIT : 0
    const committedOffset = isHeld ? -1 : isOpen ? 5 : 9
    const partitions = [{ partitionIndex: 0, committedOffset, metadata: '', errorCode }]
    return { groups: [{ groupId: 'g', errorCode: 0, topics: [{ name: 'orders', partitions }] }] }
  })
  const group = newGroup(broker)
  const committed = group.committed([{ topic: 'orders', partition: 0 }])
  assert.deepEqual(await pass(broker, committed), [{ topic: 'orders', partition: 0, offset: 9 }])
})

test('leave() in a hurry is right behind the commits, and waits for none of them', async () => {
  const broker = newBroker()
    .on(offsetCommit, () => undefined)
    .on(consumerGroupHeartbeat, heartbeatOf)
  const group = newGroup(broker)
  group.join()
  await settled()
  const place = { topic: 'orders', topicId: topicId('orders'), partition: 0 }
  const partition = { ...place, state: 'owned' as const, committed: undefined, round: 0 }
  for (const offset of [1, 2]) {
    group.committer.commitLater(partition, offset)
    await settled()
  }
  const { length } = broker.seen
  const left = group.leave(1000, Promise.resolve())
  await settled()
  const names = broker.seen.slice(length).map(({ name }) => name)
  assert.deepEqual(names, ['OffsetCommit', 'ConsumerGroupHeartbeat'], 'the second commit')
  assert.equal(broker.requests(consumerGroupHeartbeat).at(-1)!.memberEpoch, -1)
  await left
})

test('confirmed() asks the coordinator where it has not been heard of for long', async () => {
  const answers: (() => void)[] = []
  const broker = newBroker().on(consumerGroupHeartbeat, async (request) => {
    await new Promise<void>((resolve) => answers.push(resolve))
    return heartbeatOf(request)
  })
  const answer = async (): Promise<void> => {
    for (const resolve of answers.splice(0)) resolve()
    await settled()
  }
  const heartbeatCount = (): number => broker.requests(consumerGroupHeartbeat).length
  const group = newGroup(broker)
  group.join()
  for (let done = 0; done < 3; done++) {
    await settled()
    await answer()
  }
  const { clock } = broker
  const before = heartbeatCount()
  await group.confirmed()
  assert.equal(heartbeatCount(), before, 'it has answered just now')
  clock.advance(3000)
  await settled()
  // The machine is suspended, and with it all but the time of day.
  clock.jumpTo(clock.now() + 20_000)
  let isConfirmed = false
  const confirmed = group.confirmed().then(() => (isConfirmed = true))
  await answer()
  assert.equal(isConfirmed, false, 'that was asked before')
  assert.equal(heartbeatCount(), before + 2)
  await answer()
  await confirmed
  await Promise.all([group.leave(1000), settled().then(answer)])
})
