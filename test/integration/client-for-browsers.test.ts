import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Kafka } from '../../src/index.ts'
import { silentLogger } from '../../src/runtime/runtime.ts'
import { KafkaServer } from '../../src/server/server.ts'

test('the client for browsers sends and reads, also compressed', async () => {
  const server = await KafkaServer.start({ port: 0, dataFolder: 'memory:', logger: silentLogger })
  const { host, port } = server.address
  const kafka = new Kafka({ url: `http://${host}:${port}` })
  const values = Array.from({ length: 100 }, (_, index) => ({ index, text: 'x'.repeat(50) }))
  for (const compression of ['none', 'gzip', 'snappy', 'lz4'] as const) {
    await kafka.producer(compression, { compression }).sendBatch(values)
    const consumer = kafka.consumer(compression, { group: 'g' })
    const read = await consumer
      .take(100)
      .map(({ value }) => value)
      .toArray()
    assert.deepEqual(read, values)
  }
  assert.throws(() => kafka.producer('zstd', { compression: 'zstd' }), { option: 'compression' })
  await kafka.close()
  await server.close()
})
