import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ScriptedBroker, settled } from '../../../test/support/scripted-broker.ts'
import { listGroups } from '../../protocol/list-groups.ts'
import { metadata } from '../../protocol/metadata.ts'
import type { Cluster } from './cluster.ts'

const silenceMs = 10_000
const probeMs = 5000

/** Two brokers, and a client that has a connection to the first. */
async function connected(): Promise<{ broker: ScriptedBroker; cluster: Cluster }> {
  const broker = new ScriptedBroker()
    .on(metadata, () => ({
      brokers: [1, 2].map((nodeId) => ({ nodeId, host: `broker-${nodeId}`, port: 9092 })),
      controllerId: 1,
      clusterId: 'scripted',
      topics: [],
    }))
    .on(listGroups, () => ({ errorCode: 0, groups: [] }))
  const cluster = broker.cluster({ timeout: 3 * silenceMs })
  await cluster.refresh([])
  // The watch is loaded once there are several brokers.
  await import('./silence-watch.ts')
  await settled()
  return { broker, cluster }
}

async function pass(broker: ScriptedBroker, durationMs: number): Promise<void> {
  for (let passed = 0; passed < durationMs; passed += 500) {
    await settled()
    broker.clock.advance(500)
  }
  await settled()
}

const list = (cluster: Cluster): Promise<unknown> =>
  cluster.run({ action: 'list', target: 'any' }, ({ channel, signal }) =>
    channel.request(listGroups, {}, { signal }),
  )

test('what a frozen broker does not answer is asked of another in time', async () => {
  const { broker, cluster } = await connected()
  broker.frozen.add('broker-1:9092')
  let isListed = false
  const listed = list(cluster).then(() => (isListed = true))
  await pass(broker, silenceMs - 500)
  assert.equal(isListed, false)
  await pass(broker, silenceMs / 4 + probeMs + 2000)
  assert.equal(isListed, true)
  // From now on, nobody waits for it.
  await Promise.all([listed, list(cluster)])
  await cluster.close()
  assert.equal(broker.clock.waitingCount, 0)
})

test('a broker that is slow, and answers a new connection, is waited for', async () => {
  const { broker, cluster } = await connected()
  let answer: (() => void) | undefined
  broker.on(listGroups, async () => {
    await new Promise<void>((resolve) => (answer = resolve))
    return { errorCode: 0, groups: [] }
  })
  const listed = list(cluster)
  await pass(broker, 2.5 * silenceMs)
  assert.ok(broker.dialled.length > 1, 'it was probed')
  answer!()
  await listed
  assert.equal(broker.requests(listGroups).length, 1)
  await cluster.close()
  assert.equal(broker.clock.waitingCount, 0)
})
