/** The part of the SDK's contract that is about sending records. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KafkaError } from '../../src/client/failure/errors.ts'
import type { CompressionName } from '../../src/record/compression.ts'
import type { ContractContext } from './contract.ts'

export function producingContract(context: ContractContext): void {
  const { kafka, topic: newTopic, name, create, calmly } = context

  test('send() resolves with the place of the record', async () => {
    const topic = await newTopic()
    const producer = kafka().producer(topic)
    const before = Date.now()
    const { timestamp, ...first } = await producer.send({ orderId: '1' }, { key: 'a' })
    assert.deepEqual(first, { topic, partition: 0, offset: 0 })
    assert.ok(timestamp >= before && timestamp <= Date.now())
    const second = await producer.send({ orderId: '2' }, { timestamp: new Date(1234) })
    assert.deepEqual(second, { topic, partition: 0, offset: 1, timestamp: 1234 })
  })

  test('send() keeps the order of its calls within a key', async () => {
    const topic = await newTopic(3)
    const producer = kafka().producer(topic)
    const count = 3000
    const places = await Promise.all(
      Array.from({ length: count }, (_, index) =>
        producer.send(index, { key: `key-${index % 7}` }),
      ),
    )
    const offsets = new Set(places.map(({ partition, offset }) => `${partition}/${offset}`))
    assert.equal(offsets.size, count)
    const last = new Map<number, number>()
    for (const { partition, offset } of places) {
      assert.ok(offset > (last.get(partition) ?? -1), 'offsets grow in the order of the calls')
      last.set(partition, offset)
    }
    const ends = await kafka().admin.listOffsets(topic)
    assert.equal(
      ends.reduce((total, { offset }) => total + offset, 0),
      count,
    )
  })

  test('send() puts records with the same key into the partition that Kafka chooses', async () => {
    const topic = await newTopic(10)
    const producer = kafka().producer(topic)
    // From the hashes in the tests of Kafka's own Utils.murmur2, without the sign, modulo 10.
    const partitions = { foobar: 6, 'a-little-bit-long-string': 2, abc: 7 }
    for (const [key, partition] of Object.entries(partitions)) {
      assert.equal((await producer.send('x', { key })).partition, partition, key)
    }
  })

  test('send() spreads records without a key, a batch at a time', async () => {
    const topic = await newTopic(4)
    const producer = kafka().producer(topic)
    const together = await Promise.all([1, 2, 3].map((value) => producer.send(value)))
    assert.equal(new Set(together.map(({ partition }) => partition)).size, 1)
    const used = new Set<number>()
    for (let index = 0; index < 20; index++) used.add((await producer.send(index)).partition)
    assert.ok(used.size > 1)
  })

  test('send() obeys a partition, and refuses one that there is not', async () => {
    const topic = await newTopic(2)
    const producer = kafka().producer(topic)
    assert.equal((await producer.send(1, { partition: 1, key: 'any' })).partition, 1)
    await assert.rejects(producer.send(1, { partition: 2 }), {
      code: 'partition_not_found',
      topic,
      partition: 2,
    })
  })

  test('send() creates a topic where the broker allows that', async () => {
    const topic = name('auto')
    // A broker that creates a topic needs others for its replicas.
    await calmly(async () => {
      assert.equal((await kafka().produce(topic, 'first')).offset, 0)
    })
  })

  test('send() refuses a value that has no JSON form, and goes on', async () => {
    const producer = kafka().producer(await newTopic())
    await assert.rejects(
      producer.send(() => 1),
      { code: 'serialization' },
    )
    assert.equal((await producer.send('fine')).offset, 0)
  })

  test('send() tells of a record that is too large, and goes on', async () => {
    const topic = name('small')
    await create(topic, { partitions: 1, maxMessageBytes: 2000 })
    const producer = kafka().producer(topic)
    await assert.rejects(producer.send('x'.repeat(5000)), (error) => {
      assert.ok(KafkaError.is(error))
      assert.equal(error.code, 'message_too_large')
      assert.equal(error.maybeApplied, false)
      return true
    })
    assert.equal((await producer.send('fine')).offset, 0)
    assert.equal((await producer.send('fine')).offset, 1)
  })

  test('send() refuses headers that are neither text nor bytes, by their names', async () => {
    const producer = kafka().producer(await newTopic())
    for (const wrong of [5, undefined, ['x', 'y']]) {
      const headers = { trace: 'a', wrong } as unknown as Record<string, string>
      await assert.rejects(producer.send('value', { headers }), {
        code: 'invalid_option',
        option: 'headers.wrong',
      })
    }
    assert.equal((await producer.send('value', { headers: { none: null } })).offset, 0)
  })

  test('sendBatch() gives places in the order given', async () => {
    const topic = await newTopic(2)
    const producer = kafka().producer<{ orderId: number }>(topic)
    const places = await producer.sendBatch([
      { key: 'a', value: { orderId: 1 }, partition: 1 },
      { value: { orderId: 2 }, headers: { trace: 'x' }, partition: 0, key: null },
      { key: 'a', value: { orderId: 3 }, partition: 1 },
    ])
    const brief = places.map(({ partition, offset }) => `${partition}/${offset}`)
    assert.deepEqual(brief, ['1/0', '0/0', '1/1'])
    assert.deepEqual(await producer.sendBatch([]), [])
  })

  test('sendBatch() says which records were not sent', async () => {
    const producer = kafka().producer(await newTopic())
    const partly = producer.sendBatch([1, () => 2, 3])
    await assert.rejects(partly, (error) => {
      assert.ok(KafkaError.is(error) && 'results' in error)
      assert.equal(error.code, 'batch_incomplete')
      const results = error.results as { metadata?: { offset: number }; error?: Error }[]
      assert.deepEqual(
        results.map(({ metadata, error }) => metadata?.offset ?? error?.name),
        [0, 'SerializationError', 1],
      )
      return true
    })
    // Where all fail for one reason, that is the error.
    const none = producer.sendBatch([() => 1, () => 2])
    await assert.rejects(none, { code: 'serialization' })
  })

  for (const acks of ['all', 1, 0] as const) {
    test(`send() with acks ${acks} delivers`, async () => {
      const delivers = async (): Promise<void> => {
        const topic = await newTopic()
        // A leader that has not heard of a new topic yet has no way to say so to who asks nothing.
        await kafka().produce(topic, 'before')
        const producer = kafka().producer(topic, { acks })
        const { offset } = await producer.send('value')
        assert.equal(offset, acks === 0 ? -1 : 1)
        const records = await kafka().consumer(topic).take(2).toArray()
        assert.deepEqual(
          records.map(({ value }) => value),
          ['before', 'value'],
        )
      }
      // What one broker has, or none yet, is gone with that broker.
      await (acks === 'all' ? delivers() : calmly(delivers))
    })
  }

  for (const compression of ['gzip', 'snappy', 'lz4', 'zstd'] satisfies CompressionName[]) {
    test(`send() with ${compression} is read back`, async () => {
      const topic = await newTopic()
      const producer = kafka().producer<string>(topic, { compression })
      const values = Array.from({ length: 50 }, (_, index) => `value ${index} `.repeat(20))
      await producer.sendBatch(values)
      const read = kafka()
        .consumer<string>(topic)
        .take(50)
        .map(({ value }) => value)
      assert.deepEqual(await read.toArray(), values)
    })
  }

  test('flush() resolves once what was sent before is settled', async () => {
    const producer = kafka().producer(await newTopic(), { lingerMs: 60_000 })
    let settled = 0
    for (let index = 0; index < 10; index++) {
      void producer.send(index).then(() => settled++)
    }
    await producer.flush()
    assert.equal(settled, 10)
  })

  test('close() sends what is left, then refuses', async () => {
    const producer = kafka().producer(await newTopic(), { lingerMs: 60_000 })
    const sent = producer.send('last')
    await producer.close()
    assert.equal((await sent).offset, 0)
    await assert.rejects(producer.send('later'), { code: 'closed' })
  })

  test('a full buffer makes send() wait, and nothing is lost', async () => {
    const topic = await newTopic()
    const producer = kafka().producer(topic, { bufferBytes: 2000, batchSize: 500 })
    const places = await Promise.all(
      Array.from({ length: 200 }, (_, index) => producer.send('x'.repeat(index))),
    )
    assert.deepEqual(
      places.map(({ offset }) => offset),
      places.map((_, index) => index),
    )
  })

  test('send() gives up when its signal is aborted', async () => {
    const producer = kafka().producer(await newTopic())
    const aborted = AbortSignal.abort(new Error('no longer wanted'))
    await assert.rejects(producer.send(1, { signal: aborted }), /no longer wanted/)
    const later = new AbortController()
    const sent = producer.send(2, { signal: later.signal })
    later.abort(new Error('changed my mind'))
    await assert.rejects(sent, { message: 'changed my mind', maybeApplied: true })
  })
}
