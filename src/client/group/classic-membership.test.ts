import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ScriptedBroker, settled } from '../../../test/support/scripted-broker.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { findCoordinator } from '../../protocol/find-coordinator.ts'
import { heartbeat } from '../../protocol/heartbeat.ts'
import { joinGroup } from '../../protocol/join-group.ts'
import { syncGroup } from '../../protocol/sync-group.ts'
import { ClassicMembership } from './classic-membership.ts'

const options = {
  group: 'g',
  topics: ['orders'],
  heartbeatIntervalMs: 3000,
  sessionTimeoutMs: 30_000,
  rebalanceTimeoutMs: 60_000,
}

test('what is taken over while all is lost is lost, too, before it is given anew', async () => {
  let isThrownOut = false
  let generationId = 0
  const broker = new ScriptedBroker()
    .withTopics({ orders: 2 })
    .on(findCoordinator, ({ coordinatorKeys: [key = ''] }) => ({
      coordinators: [{ key, nodeId: 1, host: 'broker-1', port: 9092, errorCode: 0 }],
    }))
    .on(joinGroup, ({ protocols: [protocol] }) => ({
      errorCode: 0,
      generationId: ++generationId,
      protocolType: 'consumer',
      protocolName: protocol!.name,
      leader: 'm',
      memberId: 'm',
      members: [{ memberId: 'm', metadata: protocol!.metadata }],
    }))
    .on(syncGroup, ({ assignments }) => ({
      errorCode: 0,
      assignment: assignments[0]!.assignment,
    }))
    .on(heartbeat, () => {
      const errorCode = isThrownOut ? errorCodes.UNKNOWN_MEMBER_ID : 0
      isThrownOut = false
      return { errorCode }
    })
  const events: string[] = []
  const takenOver = Promise.withResolvers<void>()
  const membership = new ClassicMembership(broker.cluster({ retries: 0 }), options, {
    onAssigned: async (partitions) => {
      events.push(`assigned ${partitions.map(({ partition }) => partition).join()}`)
      await takenOver.promise
    },
    onRevoked: async () => void events.push('revoked'),
    onLost: () => void events.push('lost'),
    onContact: () => undefined,
    onError: (error) => void events.push(`error ${error.code}`),
  })
  const pass = async (seconds: number): Promise<void> => {
    for (let second = 0; second < seconds; second++) {
      broker.clock.advance(1000)
      await settled()
    }
  }
  membership.start()
  await pass(2)
  assert.deepEqual(events, ['assigned 0,1'])
  isThrownOut = true
  await pass(5)
  assert.deepEqual(events, ['assigned 0,1', 'lost'])
  takenOver.resolve()
  await pass(5)
  assert.deepEqual(events, ['assigned 0,1', 'lost', 'lost', 'assigned 0,1'])
  const left = membership.leave(1000)
  await pass(2)
  await left
})

test('renewed() waits for nobody once an error that does not pass has ended it', async () => {
  const errorCode = errorCodes.GROUP_AUTHORIZATION_FAILED
  const broker = new ScriptedBroker().on(findCoordinator, ({ coordinatorKeys: [key = ''] }) => ({
    coordinators: [{ key, nodeId: 1, host: 'broker-1', port: 9092, errorCode }],
  }))
  const failed = Promise.withResolvers<string>()
  const membership = new ClassicMembership(broker.cluster({ retries: 0 }), options, {
    onAssigned: async () => undefined,
    onRevoked: async () => undefined,
    onLost: () => undefined,
    onContact: () => undefined,
    onError: ({ code }) => failed.resolve(code),
  })
  membership.start()
  assert.equal(await failed.promise, 'unauthorized')
  await settled()
  await membership.renewed()
  await membership.leave(1000)
})
