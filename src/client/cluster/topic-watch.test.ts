import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ScriptedBroker, settled } from '../../../test/support/scripted-broker.ts'
import { ClosedError } from '../failure/errors.ts'
import { TopicWatch } from './topic-watch.ts'

test('TopicWatch tells of what does not pass, but not once it is closed', async () => {
  const broker = new ScriptedBroker()
  const cluster = broker.cluster({ metadataMaxAge: '1m' })
  const failure = new ClosedError('the client is closed')
  for (const isClosed of [false, true]) {
    const errors: unknown[] = []
    const looking = Promise.withResolvers<void>()
    const watch = new TopicWatch(cluster, (error) => void errors.push(error))
    watch.start(() => looking.promise)
    broker.clock.advance(60_000)
    if (isClosed) watch.close()
    looking.reject(failure)
    await settled()
    assert.deepEqual(errors, isClosed ? [] : [failure])
  }
})

test('TopicWatch looks another time where no broker can be asked', async () => {
  const broker = new ScriptedBroker().withTopics({ orders: 1 })
  const cluster = broker.cluster({ timeout: '5s', metadataMaxAge: '1m' })
  const seen: number[] = []
  const errors: unknown[] = []
  const look = async (): Promise<void> => {
    const { partitions } = await cluster.topic('orders')
    seen.push(partitions.length)
  }
  await look()
  const watch = new TopicWatch(cluster, (error) => void errors.push(error))
  watch.start(look)
  const pass = async (): Promise<void> => {
    for (let passed = 0; passed < 70_000; passed += 500) {
      broker.clock.advance(500)
      await settled()
    }
  }
  broker.down.add('broker-1:9092')
  broker.disconnect()
  await pass()
  assert.deepEqual([seen, errors], [[1], []])
  broker.down.clear()
  broker.withTopics({ orders: 2 })
  await pass()
  assert.deepEqual([seen, errors], [[1, 2], []])
  watch.close()
})
