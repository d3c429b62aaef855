import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pass, ScriptedBroker, topicId } from '../../../test/support/scripted-broker.ts'
import { describeConfigs } from '../../protocol/describe-configs.ts'
import { electLeaders } from '../../protocol/elect-leaders.ts'
import { metadata } from '../../protocol/metadata.ts'
import { delay } from '../failure/retry.ts'
import { Admin } from './admin.ts'

/** A broker whose metadata takes so long, and that answers nothing else. */
function slowBroker(delayMs: number): ScriptedBroker {
  const broker = new ScriptedBroker()
  const partition = { errorCode: 0, partitionIndex: 0, leaderId: 1, replicaNodes: [1] }
  return broker
    .on(metadata, async () => {
      await delay(delayMs, broker.clock)
      const partitions = [{ ...partition, isrNodes: [1] }]
      return {
        brokers: [{ nodeId: 1, host: 'broker-1', port: 9092 }],
        controllerId: 1,
        clusterId: 'slow',
        topics: [{ errorCode: 0, name: 'orders', topicId: topicId('orders'), partitions }],
      }
    })
    .on(describeConfigs, () => undefined)
    .on(electLeaders, () => undefined)
}

test('an operation of several steps has one timeout for all of them', async () => {
  const operations: ((admin: Admin) => Promise<unknown>)[] = [
    (admin) => admin.describeTopic('orders'),
    (admin) => admin.describeTopic('orders', { timeout: '30s' }),
    (admin) => admin.electLeaders('orders', { partitions: [0], timeout: '30s' }),
  ]
  for (const operation of operations) {
    const broker = slowBroker(20_000)
    const done = operation(new Admin(broker.cluster()))
    await assert.rejects(pass(broker, done), { code: 'timeout' }, operation.toString())
    assert.ok(broker.clock.monotonic() <= 30_100, `${broker.clock.monotonic()} ms`)
  }
})
