/** The SDK with the versions of APIs that brokers other than Apache Kafka offer. */

import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { Kafka } from '../../src/client/kafka.ts'
import { nodeCodecs } from '../../src/record/node-compression.ts'
import { silentLogger } from '../../src/runtime/runtime.ts'
import { systemClock, systemRandom } from '../../src/runtime/system-runtime.ts'
import { openLimitedBroker, type NewestVersions } from '../support/limited-broker.ts'

const brokers = {
  Redpanda: versions(
    '0:7 1:11 2:4 3:7 8:7 9:7 10:3 11:6 12:4 13:4 14:4 15:5 16:3 18:3 19:6 20:4',
    '22:4 24:3 25:1 26:1 28:3 32:4 42:2 44:1',
  ),
  'Azure Event Hubs': versions(
    '0:7 1:6 2:8 3:5 8:8 9:8 10:4 11:9 12:4 13:5 14:5 15:5 16:4 18:3 19:3 20:3',
    '22:4 32:2 42:0',
  ),
} as const

/** Reads `key:newest` of each API. */
function versions(...lines: readonly string[]): NewestVersions {
  const entries = lines.flatMap((line) => line.split(' ')).map((entry) => entry.split(':'))
  return Object.fromEntries(entries.map(([key, newest]) => [key!, Number(newest)]))
}

function open(context: TestContext, newest: NewestVersions) {
  const { dialer, ...broker } = openLimitedBroker(newest)
  const clientPlatform = {
    transports: { memory: () => ({ dialer }) },
    clock: systemClock,
    random: systemRandom,
    codecs: nodeCodecs,
    env: {},
    logger: silentLogger,
  }
  const kafka = new Kafka({ url: 'memory:' }, clientPlatform)
  context.after(async () => {
    await kafka.close()
    await broker.close()
  })
  return { broker, kafka }
}

for (const [name, newest] of Object.entries(brokers)) {
  test(`a group goes on where it was, with the versions of ${name}`, async (context) => {
    const { broker, kafka } = open(context, newest)
    const { admin } = kafka
    await admin.createTopic('orders', { partitions: 2 })
    await kafka.producer<number>('orders').sendBatch([1, 2, 3].map((value) => message(value)))
    for (const value of [1, 2, 3]) {
      const consumer = kafka.consumer<number>('orders', { group: 'shop' })
      const record = await consumer.next()
      assert.equal(record?.value, value)
      await record?.commit()
      await consumer.close()
    }
    assert.equal((await admin.describeGroup('shop')).totalLag, 0)
    assert.equal((await admin.describeCluster()).brokers.length, 1)
    assert.deepEqual(broker.beyond, [])
  })
}

test('offsets are committed in a transaction, with the versions of Redpanda', async (context) => {
  const { broker, kafka } = open(context, brokers.Redpanda)
  await kafka.producer<number>('orders').sendBatch([1, 2].map((value) => message(value)))
  for (const value of [1, 2]) {
    const consumer = kafka.consumer<number>('orders', { group: 'shop' })
    const record = await consumer.next()
    await kafka.transaction<number>('bills', async (tx) => {
      await tx.send(record!.value * 10)
      tx.commit(record!)
    })
    await consumer.close()
    assert.equal(record?.value, value)
  }
  const bills = kafka.consumer<number>('bills')
  assert.deepEqual([(await bills.next())?.value, (await bills.next())?.value], [10, 20])
  assert.deepEqual(broker.beyond, [])
})

/** All in one partition. */
function message(value: number) {
  return { value, key: 'one' }
}
