import assert from 'node:assert/strict'
import { test } from 'node:test'
import { settled } from '../../../test/support/scripted-broker.ts'
import { silentLogger, type Logger } from '../../runtime/runtime.ts'
import { MockKafka } from '../../testing/mock-kafka.ts'
import type { Instrumentation, OutgoingRecord, SendOutcome } from '../settings/instrumentation.ts'

/** Instrumentation that collects what it is told of records that are sent. */
function collecting(headers?: Record<string, string>) {
  const records: OutgoingRecord[] = []
  const outcomes: SendOutcome[] = []
  const instrumentation: Instrumentation = {
    onSend(record) {
      records.push(record)
      return { ...(headers && { headers }), onSettled: (outcome) => void outcomes.push(outcome) }
    },
  }
  return { instrumentation, records, outcomes }
}

const text = (bytes: Uint8Array | null) => (bytes ? new TextDecoder().decode(bytes) : null)

test('onSend() sees a record as the program gave it, and where it is stored', async () => {
  const { instrumentation, records, outcomes } = collecting()
  await using kafka = new MockKafka({ instrumentation })
  await kafka.admin.createTopic('orders', { partitions: 2 })
  const value = { amount: 1 }
  const sent = kafka
    .producer('orders')
    .send(value, { key: 'ann', headers: { a: 'b' }, partition: 1 })
  assert.equal(records.length, 1, 'it is called within send')
  await sent
  assert.equal(records[0]!.value, value)
  const headers = [{ key: 'a', value: 'b' }]
  assert.deepEqual(records, [{ topic: 'orders', key: 'ann', value, headers, partition: 1 }])
  assert.partialDeepStrictEqual(outcomes, [{ partition: 1, offset: 0 }])
})

test('headers of onSend() go along, instead of those with their names', async () => {
  const { instrumentation } = collecting({ trace: 'new', other: 'added' })
  await using kafka = new MockKafka({ instrumentation })
  const headers: [string, string][] = [
    ['trace', 'old'],
    ['id', '1'],
    ['trace', 'older'],
    ['id', '2'],
  ]
  await kafka.produce('orders', 1, { headers })
  const [message] = await kafka.getMessages('orders')
  assert.deepEqual(
    message!.rawHeaders.map(({ key, value }) => [key, text(value)]),
    [
      ['id', '1'],
      ['id', '2'],
      ['trace', 'new'],
      ['other', 'added'],
    ],
  )
})

test('onSend() sees what batches, asynchronous producers and transactions send', async () => {
  const { instrumentation, records, outcomes } = collecting()
  await using kafka = new MockKafka({ instrumentation })
  await kafka.producer('orders').sendBatch([1, { value: 2, key: 'ann' }])
  await kafka.asyncProducer('orders').send(3)
  await kafka.transaction('orders', (tx) => tx.send(4))
  assert.deepEqual(
    records.map(({ value }) => value),
    [1, 2, 3, 4],
  )
  assert.deepEqual(
    outcomes.map(({ offset }) => offset),
    [0, 1, 2, 3],
  )
})

test('onSettled() hears why a record is not stored', async () => {
  const { instrumentation, outcomes } = collecting()
  await using kafka = new MockKafka({ instrumentation })
  kafka.failNext('Produce', 'TOPIC_AUTHORIZATION_FAILED', { times: 1 })
  const refused: unknown = await kafka.produce('orders', 1).catch((error: unknown) => error)
  assert.deepEqual(outcomes, [{ error: refused }])
})

test('onSettled() hears of a record that was given up before it had a place', async () => {
  const { instrumentation, outcomes } = collecting()
  await using kafka = new MockKafka({ instrumentation })
  const producer = kafka.producer('orders')
  const controller = new AbortController()
  const sent = producer.send(1, { signal: controller.signal })
  const flushed = producer.flush()
  controller.abort(new Error('enough'))
  await assert.rejects(sent, { message: 'enough' })
  // Whoever waits for what was sent is not kept waiting by it.
  await flushed
  assert.equal(String(outcomes[0]?.error), 'Error: enough')
  assert.deepEqual(await kafka.getMessages('orders'), [])
})

test('a record that cannot be made into bytes is not about to be sent', async () => {
  const { instrumentation, records } = collecting()
  await using kafka = new MockKafka({ instrumentation })
  await assert.rejects(kafka.produce('orders', 1n), { code: 'serialization' })
  assert.equal(records.length, 0)
})

test('records are stored whatever instrumentation throws', async () => {
  const warnings: unknown[] = []
  const logger: Logger = { ...silentLogger, warn: (...told) => void warnings.push(told) }
  const fail = (what: string) => (): never => {
    throw new Error(what)
  }
  for (const onSend of [fail('onSend'), () => ({ onSettled: fail('onSettled') })]) {
    await using kafka = new MockKafka({ logger, instrumentation: { onSend } })
    await kafka.produce('orders', 1)
    await kafka.producer('orders').sendBatch([2, 3])
    await settled()
    const messages = await kafka.getMessages('orders')
    assert.deepEqual(
      messages.map(({ value }) => value),
      [1, 2, 3],
    )
  }
  const told = ['onSend', 'onSettled'].map((error) => ['instrumentation has failed', { error }])
  assert.deepEqual(warnings, told)
})
