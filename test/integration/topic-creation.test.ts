import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Kafka } from '../../src/index-node.ts'
import { silentLogger } from '../../src/runtime/runtime.ts'
import { KafkaServer } from '../../src/server/server.ts'

const missing = { code: 'topic_not_found' }
let server: KafkaServer

before(async () => {
  server = await KafkaServer.start({ port: 0, dataFolder: 'memory:', logger: silentLogger })
})
after(() => server.close())

test('a client that wants no topics created gets an error instead, and creates none', async () => {
  for (const scheme of ['kafka', 'http']) {
    const url = `${scheme}://localhost:${server.address.port}`
    await using kafka = new Kafka({ url, retries: 1, allowAutoTopicCreation: false })
    await assert.rejects(kafka.produce('orders', 1), missing)
    await assert.rejects(kafka.consumer('orders').next(), missing)
    await assert.rejects(kafka.consumer('orders', { group: 'archive' }).next(), missing)
    assert.deepEqual(await kafka.admin.listTopics(), [])
    await using other = new Kafka({ url })
    await other.produce('orders', 1)
    assert.equal((await kafka.consumer<number>('orders').first())?.value, 1)
    await kafka.admin.deleteTopic('orders')
  }
})
