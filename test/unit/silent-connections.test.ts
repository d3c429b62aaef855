/** Connections that bring nothing more, and were never ended: which a client leaves for new ones. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BrokerChannel } from '../../src/client/cluster/broker-channel.ts'
import { describeCluster } from '../../src/protocol/describe-cluster.ts'
import { listGroups } from '../../src/protocol/list-groups.ts'
import { ScriptedBroker } from '../support/scripted-broker.ts'

/** Opens a channel, to a broker that answers one kind of request and is silent on another. */
async function open() {
  const broker = new ScriptedBroker()
    .on(listGroups, () => undefined)
    .on(describeCluster, () => ({ errorCode: 0 }))
  const { clock, dialer } = broker
  const stream = await dialer.dial({ host: 'b', port: 1 })
  const facts = { name: 'b:1', clientId: 'test', clock, timeoutMs: 30_000 }
  const channel = new BrokerChannel({ stream, ...facts })
  await channel.negotiate('1.2.3')
  return { broker, channel }
}

/** Sends requests, one after the other, which all time out after five seconds. */
async function askInVain(broker: ScriptedBroker, channel: BrokerChannel, count: number) {
  for (let step = 0; step < count; step++) {
    const late = assert.rejects(channel.request(listGroups, {}, { timeoutMs: 5000 }))
    broker.clock.advance(5000)
    await late
  }
}

test('short time limits close a connection that was silent all the while', async () => {
  const { broker, channel } = await open()
  await askInVain(broker, channel, 2)
  // Where nobody asks, there is nothing to be heard.
  broker.clock.advance(1000)
  assert.equal(channel.isClosed, false)
  await askInVain(broker, channel, 1)
  assert.equal(channel.isClosed, true)
})

test('short time limits close no connection that brings anything in between', async () => {
  const { broker, channel } = await open()
  for (let round = 0; round < 3; round++) {
    await askInVain(broker, channel, 2)
    await channel.request(describeCluster, {})
    broker.clock.advance(1)
  }
  assert.equal(channel.isClosed, false)
})

test('a request that times out leaves a connection alone that has answered others', async () => {
  const { broker, channel } = await open()
  const late = assert.rejects(channel.request(listGroups, {}), { code: 'timeout' })
  broker.clock.advance(1)
  await channel.request(describeCluster, {})
  broker.clock.advance(30_000)
  await late
  assert.equal(channel.isClosed, false)
})

test('what waits behind another request says little of the connection', async () => {
  const { broker, channel } = await open()
  const long = assert.rejects(channel.request(listGroups, {}, { timeoutMs: 60_000 }))
  broker.clock.advance(1)
  await askInVain(broker, channel, 10)
  assert.equal(channel.isClosed, false)
  channel.close()
  await long
})
