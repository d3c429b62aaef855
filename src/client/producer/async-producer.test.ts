import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '../../runtime/runtime.ts'
import { MockKafka } from '../../testing/mock-kafka.ts'
import { KafkaError } from '../failure/errors.ts'
import { AsyncProducer, type DeliveryReport } from './async-producer.ts'
import type { Producer } from './producer.ts'

test('reports() tells of each record, also of those that nobody waited for', async () => {
  await using kafka = new MockKafka()
  const producer = kafka.asyncProducer('orders')
  const symbol = Symbol('no JSON form')
  void producer.send(1, { key: 'a' })
  void producer.send(symbol)
  void producer.send(2)
  await producer.close()
  const reports: DeliveryReport<unknown>[] = []
  for await (const report of producer.reports()) reports.push(report)
  const failed = reports.find(({ error }) => error)
  assert.equal(failed?.record.value, symbol)
  assert.equal(KafkaError.is(failed?.error) && failed.error.code, 'serialization')
  assert.deepEqual(
    reports.filter((report) => !report.error),
    [
      { record: { value: 1, key: 'a' }, partition: 0, offset: 0 },
      { record: { value: 2 }, partition: 0, offset: 1 },
    ],
  )
})

test('reports() waits for what is on its way, and for what is still to be sent', async () => {
  await using kafka = new MockKafka()
  const producer = kafka.asyncProducer<number>('orders')
  const seen: unknown[] = []
  const reading = (async () => {
    for await (const { record } of producer.reports()) seen.push(record.value)
  })()
  assert.equal((await producer.send(1)).offset, 0)
  void producer.send(2)
  await producer.flush()
  void producer.send(3)
  await producer.close()
  await reading
  assert.deepEqual(seen, [1, 2, 3])
  await assert.rejects(producer.send(4), { code: 'closed' })
})

test('reports that nobody reads are dropped, the oldest first, and the log tells', async () => {
  const warnings: string[] = []
  const logger = { ...silentLogger, warn: (message: string) => void warnings.push(message) }
  let offset = 0
  const sendAtOnce = {
    topic: 'orders',
    send: async () => ({ topic: 'orders', partition: 0, offset: offset++, timestamp: 0 }),
    close: async () => undefined,
  } as unknown as Producer<number>
  const producer = new AsyncProducer<number>(sendAtOnce, logger)
  for (let value = 0; value < 10_002; value++) void producer.send(value)
  await producer.close()
  const { value: first } = await producer.reports().next()
  assert.equal(first!.record.value, 2)
  assert.equal(warnings.length, 1)
})
