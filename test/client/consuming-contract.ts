/** The part of the SDK's contract that is about reading records, without a group. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { KafkaError } from '../../src/client/failure/errors.ts'
import { Offset } from '../../src/client/record/offset.ts'
import type { ContractContext } from './contract.ts'

interface Order {
  readonly orderId: number
}

export function consumingContract({ kafka, topic: newTopic, ...context }: ContractContext): void {
  /** Creates a topic with orders 0, 1, 2, … in partition 0. */
  async function orders(count: number): Promise<string> {
    const topic = await newTopic()
    const values = Array.from({ length: count }, (_, orderId) => ({ orderId }))
    await kafka().producer<Order>(topic).sendBatch(values)
    return topic
  }

  const numbers = (topic: string, count: number): Promise<number[]> =>
    kafka()
      .consumer<Order>(topic)
      .take(count)
      .map(({ value }) => value.orderId)
      .toArray()

  test('a record has everything that was sent', async () => {
    const topic = await newTopic()
    await kafka()
      .producer(topic)
      .send(
        { orderId: '123', amount: 99.99, name: 'Zoë ✓' },
        {
          key: 'kunde-ü',
          headers: { 'correlation-id': 'abc-123', raw: new Uint8Array([1, 2]) },
          timestamp: 1_600_000_000_000,
        },
      )
    const record = await kafka().consumer(topic).first()
    assert.ok(record)
    assert.deepEqual(record.toJSON(), {
      topic,
      partition: 0,
      offset: 0,
      key: 'kunde-ü',
      value: { orderId: '123', amount: 99.99, name: 'Zoë ✓' },
      timestamp: new Date(1_600_000_000_000),
      headers: { 'correlation-id': 'abc-123', raw: '\u0001\u0002' },
    })
    assert.deepEqual([...record.rawHeaders[1]!.value!], [1, 2])
  })

  test('keys and values of null come back as null', async () => {
    const topic = await newTopic()
    await kafka().producer(topic).send(null)
    const record = await kafka().consumer(topic).first()
    assert.equal(record?.value, null)
    assert.equal(record?.key, null)
  })

  test('serdes turn keys and values into bytes and back', async () => {
    const topic = await newTopic()
    const serdes = { value: 'bytes', key: 'bytes' } as const
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index)
    const producer = kafka().producer<Uint8Array, Uint8Array>(topic, serdes)
    await producer.send(bytes, { key: bytes.subarray(250) })
    const record = await kafka().consumer<Uint8Array, Uint8Array>(topic, serdes).first()
    assert.deepEqual(record?.value, bytes)
    assert.deepEqual(record.key, bytes.slice(250))
  })

  test('a value that cannot be read is an error of that record only', async () => {
    const topic = await newTopic()
    await kafka().producer(topic, { value: 'string' }).sendBatch(['1', '{"broken', '3'])
    const seen: unknown[] = []
    for await (const record of kafka().consumer(topic)) {
      try {
        seen.push(record.value)
      } catch (error) {
        assert.ok(KafkaError.is(error))
        seen.push([error.code, error.offset])
      }
      if (seen.length === 3) break
    }
    assert.deepEqual(seen, [1, ['serialization', 1], 3])
    const kept = kafka().consumer(topic, { onInvalid: 'skip' }).take(2)
    assert.deepEqual(await kept.map(({ value }) => value).toArray(), [1, 3])
  })

  test('chains are lazy, and close the consumer at their end', async () => {
    const topic = await orders(20)
    const consumer = kafka().consumer<Order>(topic)
    const chain = consumer
      .filter(({ value }) => value.orderId % 2 === 1)
      .flatMap(({ value }) => [value.orderId, -value.orderId])
      .take(5)
    assert.deepEqual(consumer.assignment(), [], 'nothing happens before somebody asks')
    assert.deepEqual(await chain.toArray(), [1, -1, 3, -3, 5])
    assert.equal(await consumer.next(), undefined)
  })

  test('a chain whose function throws closes the consumer', async () => {
    const consumer = kafka().consumer<Order>(await orders(2))
    const chain = consumer.map(() => {
      throw new Error('not my kind of order')
    })
    await assert.rejects(chain.toArray(), /not my kind/)
    assert.equal(await consumer.next(), undefined)
  })

  test('several partitions and topics are read in order each', async () => {
    const topics = await Promise.all([newTopic(3), newTopic(2)])
    const sent = new Map<string, number[]>()
    for (const topic of topics) {
      const producer = kafka().producer<number>(topic)
      const places = await producer.sendBatch(
        Array.from({ length: 300 }, (_, value) => ({ key: `${value % 11}`, value })),
      )
      places.forEach(({ partition }, value) => {
        const place = `${topic}/${partition}`
        sent.set(place, [...(sent.get(place) ?? []), value])
      })
    }
    const read = new Map<string, number[]>()
    await kafka()
      .consumer<number>(topics)
      .take(600)
      .forEach(({ topic, partition, value }) => {
        const place = `${topic}/${partition}`
        read.set(place, [...(read.get(place) ?? []), value])
      })
    assert.deepEqual(Object.fromEntries(read), Object.fromEntries(sent))
  })

  test('much is fetched in many answers, without a gap', async () => {
    const topic = await newTopic()
    const producer = kafka().producer<string>(topic, { value: 'string', batchSize: 100_000 })
    const value = 'x'.repeat(1000)
    await Promise.all(Array.from({ length: 5000 }, () => producer.send(value)))
    const limits = { value: 'string', fetchMaxBytes: 300_000 } as const
    let next = 0
    for await (const record of kafka().consumer<string>(topic, limits)) {
      assert.equal(record.offset, next)
      if (++next === 5000) break
    }
  })

  test('offset decides where to begin', async () => {
    const topic = await newTopic()
    const producer = kafka().producer<number>(topic)
    for (const value of [0, 1, 2]) await producer.send(value, { timestamp: 1000 + value })
    const firstFrom = async (offset: Offset | Date | 'earliest'): Promise<unknown> =>
      (await kafka().consumer(topic, { offset }).first())?.value
    assert.equal(await firstFrom('earliest'), 0)
    assert.equal(await firstFrom(Offset.earliest), 0)
    assert.equal(await firstFrom(Offset.timestamp(new Date(1001))), 1)
    assert.equal(await firstFrom(new Date(1002)), 2)
  })

  test("offset 'latest' begins with what comes after", async () => {
    const topic = await orders(3)
    const consumer = kafka().consumer<Order>(topic, { offset: 'latest' })
    const first = consumer.first()
    const producer = kafka().producer<Order>(topic)
    // When the consumer is there cannot be seen from outside: send until it gets one.
    let isFound = false
    void first.finally(() => (isFound = true))
    for (let orderId = 3; !isFound; orderId++) await producer.send({ orderId })
    assert.ok((await first)!.offset >= 3)
  })

  test('next() gives records one by one; close() ends the waiting', async () => {
    const consumer = kafka().consumer<Order>(await orders(2))
    assert.equal((await consumer.next())?.value.orderId, 0)
    assert.equal((await consumer.next())?.value.orderId, 1)
    await assert.rejects(consumer.next({ timeout: '20ms' }), { code: 'timeout' })
    const waiting = consumer.next()
    await consumer.close()
    assert.equal(await waiting, undefined)
  })

  test('a signal ends the loop', async () => {
    const topic = await orders(3)
    const controller = new AbortController()
    const seen: number[] = []
    for await (const { value } of kafka().consumer<Order>(topic, { signal: controller.signal })) {
      seen.push(value.orderId)
      if (seen.length === 3) queueMicrotask(() => controller.abort())
    }
    assert.deepEqual(seen, [0, 1, 2])
  })

  test('seek() goes on from another place', async () => {
    const topic = await orders(10)
    const consumer = kafka().consumer<Order>(topic)
    await consumer.seek({ partition: 0, offset: 7 })
    assert.equal((await consumer.next())?.offset, 7)
    await consumer.seek({ topic, partition: 0, offset: 2 })
    assert.equal((await consumer.next())?.offset, 2)
    await consumer.seek({ partition: 0, offset: Offset.earliest })
    assert.equal((await consumer.next())?.offset, 0)
    await consumer.seek({ partition: 0, offset: 1000 })
    await assert.rejects(consumer.next(), { code: 'offset_out_of_range', offset: 1000 })
    await consumer.seek({ partition: 0, offset: 9 })
    assert.equal((await consumer.next())?.offset, 9)
    await consumer.close()
  })

  test('pause() holds records back until resume()', async () => {
    const topic = await newTopic(2)
    const producer = kafka().producer<number>(topic)
    await producer.send(0, { partition: 0 })
    await producer.send(1, { partition: 1 })
    const consumer = kafka().consumer<number>(topic)
    consumer.pause()
    await assert.rejects(consumer.next({ timeout: '50ms' }), { code: 'timeout' })
    consumer.pause([{ topic, partition: 0 }])
    consumer.resume([{ topic, partition: 1 }])
    assert.equal((await consumer.next())?.value, 1)
    await assert.rejects(consumer.next({ timeout: '50ms' }), { code: 'timeout' })
    consumer.resume()
    assert.equal((await consumer.next())?.value, 0)
    await consumer.close()
  })

  test('pause() and resume() are also for partitions that come later', async () => {
    const topic = await newTopic(2)
    const producer = kafka().producer<number>(topic)
    for (const partition of [0, 1]) await producer.send(partition, { partition })
    const consumer = kafka().consumer<number>(topic)
    consumer.pause()
    consumer.resume([{ topic, partition: 1 }])
    assert.equal((await consumer.next())?.value, 1)
    await assert.rejects(consumer.next({ timeout: '50ms' }), { code: 'timeout' })
    await consumer.close()
    const other = kafka().consumer<number>(topic)
    other.pause([{ topic, partition: 0 }])
    assert.equal((await other.next())?.value, 1)
    await assert.rejects(other.next({ timeout: '50ms' }), { code: 'timeout' })
    other.resume()
    assert.equal((await other.next())?.value, 0)
    await other.close()
  })

  test('records that are gone are passed over', async () => {
    const topic = await orders(10)
    await kafka().admin.deleteRecords(topic, [{ partition: 0, before: 6 }])
    assert.deepEqual(await numbers(topic, 4), [6, 7, 8, 9])
  })

  test('a consumer without a group cannot commit', async () => {
    const record = await kafka()
      .consumer(await orders(1))
      .next()
    await assert.rejects(record!.commit(), { code: 'invalid_option', option: 'group' })
  })

  test('a consumer without a group reads added partitions from their beginning', async () => {
    await context.calmly(async () => {
      const client = await context.open({ metadataMaxAge: '100ms' })
      const { kafka } = client
      const topic = context.name('topic')
      await kafka.admin.createTopic(topic, { partitions: 1 })
      const consumer = kafka.consumer<number>(topic, { offset: 'latest' })
      const first = consumer.next()
      let hasFailed = false
      first.catch(() => (hasFailed = true))
      while (consumer.assignment().length === 0 && !hasFailed) await setTimeout(5)
      await kafka.admin.createPartitions(topic, 2)
      await kafka.producer<number>(topic).send(1, { partition: 1 })
      assert.equal((await first)?.value, 1)
      await client.close()
    })
  })

  test('batchConsumer() gives several records at a time', async () => {
    const topic = await orders(25)
    const consumer = kafka().batchConsumer<Order>(topic, { batchSize: 10, batchTimeout: '20ms' })
    const batches: number[][] = []
    for await (const batch of consumer) {
      assert.equal(batch.length, [...batch].length)
      batches.push(batch.records.map(({ value }) => value.orderId))
      if (batches.length === 3) break
    }
    assert.deepEqual(
      batches.map(({ length }) => length),
      [10, 10, 5],
    )
    assert.deepEqual(
      batches.flat(),
      Array.from({ length: 25 }, (_, index) => index),
    )
  })
}
