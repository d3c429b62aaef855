import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Kafka } from '../../src/index.ts'
import { Kafka as StreamingKafka, Window } from '../../src/index-streams.ts'
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

test('the client for browsers with streams runs them, with state in memory', async () => {
  const server = await KafkaServer.start({ port: 0, dataFolder: 'memory:', logger: silentLogger })
  const { host, port } = server.address
  const kafka = new StreamingKafka({ url: `http://${host}:${port}` })
  const orders = [30, 20, 50].map((amount, index) => ({
    key: 'ann',
    value: { amount },
    timestamp: index,
  }))
  await kafka.producer('orders').sendBatch(orders)
  const run = kafka
    .stream<{ amount: number }>('orders')
    .filter(({ amount }) => amount > 25)
    .window(Window.tumbling('1h'))
    .groupByKey()
    .reduce(0, (total, { amount }) => total + amount)
    .to('totals')
  const totals = await kafka.consumer<number>('totals').take(2).toArray()
  assert.deepEqual(
    totals.map(({ value }) => value),
    [30, 80],
  )
  await run.close()
  assert.throws(() => kafka.stream('orders').to('copies', { stateFolder: 'state' }), {
    option: 'stateFolder',
  })
  await kafka.close()
  await server.close()
})
