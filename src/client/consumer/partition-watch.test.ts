import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ScriptedBroker, settled } from '../../../test/support/scripted-broker.ts'
import { PartitionWatch } from './partition-watch.ts'

test('PartitionWatch looks another time where no broker can be asked', async () => {
  const broker = new ScriptedBroker().withTopics({ orders: 1 })
  const cluster = broker.cluster({ timeout: '5s', metadataMaxAge: '1m' })
  await cluster.topic('orders')
  const seen: number[] = []
  const errors: unknown[] = []
  const watch = new PartitionWatch(cluster, ['orders'], {
    onPartitions: async (partitions) => void seen.push(partitions.length),
    onError: (error) => void errors.push(error),
  })
  watch.start()
  const look = async (): Promise<void> => {
    for (let passed = 0; passed < 70_000; passed += 500) {
      broker.clock.advance(500)
      await settled()
    }
  }
  broker.down.add('broker-1:9092')
  broker.disconnect()
  await look()
  assert.deepEqual([seen, errors], [[], []])
  broker.down.clear()
  broker.withTopics({ orders: 2 })
  await look()
  assert.deepEqual([seen, errors], [[2], []])
  watch.close()
})
