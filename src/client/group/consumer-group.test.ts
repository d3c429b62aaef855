import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pass, ScriptedBroker } from '../../../test/support/scripted-broker.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { findCoordinator } from '../../protocol/find-coordinator.ts'
import { offsetFetch } from '../../protocol/offset-fetch.ts'
import { ConsumerGroup } from './consumer-group.ts'

test('committed() waits for transactions that commit offsets, whatever is read', async () => {
  // What a transaction is to commit is 9, and 5 was committed before it.
  const committing = [true, false]
  const broker = new ScriptedBroker()
    .on(findCoordinator, ({ coordinatorKeys: [key = ''] }) => ({
      coordinators: [{ key, nodeId: 1, host: 'broker-1', port: 9092, errorCode: 0 }],
    }))
    .on(offsetFetch, ({ requireStable }) => {
      const isOpen = committing.shift()
      const isHeld = isOpen && requireStable
      const errorCode = isHeld ? errorCodes.UNSTABLE_OFFSET_COMMIT : 0
      const committedOffset = isHeld ? -1 : isOpen ? 5 : 9
      const partitions = [{ partitionIndex: 0, committedOffset, metadata: '', errorCode }]
      return { groups: [{ groupId: 'g', errorCode: 0, topics: [{ name: 'orders', partitions }] }] }
    })
    .withTopics({ orders: 1 })
  const options = {
    group: 'g',
    topics: ['orders'],
    heartbeatIntervalMs: 3000,
    sessionTimeoutMs: 30_000,
    rebalanceTimeoutMs: 60_000,
    isolation: 'read_uncommitted' as const,
  }
  const group = new ConsumerGroup(broker.cluster(), options, {
    onAssigned: async () => {},
    onRevoked: async () => {},
    onLost: () => {},
    onContact: () => {},
    onError: (error) => assert.fail(error),
  })
  const committed = group.committed([{ topic: 'orders', partition: 0 }])
  assert.deepEqual(await pass(broker, committed), [{ topic: 'orders', partition: 0, offset: 9 }])
})
