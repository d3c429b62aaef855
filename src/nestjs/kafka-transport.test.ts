import 'reflect-metadata'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Controller, Module, type Type } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { Ctx, EventPattern, KafkaRetriableException } from '@nestjs/microservices'
import { MessagePattern, Payload, RpcException } from '@nestjs/microservices'
import { firstValueFrom, from, interval, map, take, toArray, type Observable } from 'rxjs'
import { MockKafka } from '../testing/mock-kafka.ts'
import { KafkaClientProxy } from './kafka-client-proxy.ts'
import type { KafkaRecordContext } from './kafka-record-context.ts'
import { KafkaTransport, type KafkaTransportOptions } from './kafka-transport.ts'

type Handlers = Record<string, (data: never, context: KafkaRecordContext) => unknown>

/** Starts a service whose controller has these methods; their names are the patterns. */
async function start(
  kafka: MockKafka,
  handlers: { messages?: Handlers; events?: Handlers },
  options: Partial<KafkaTransportOptions> = {},
) {
  class Service {}
  const prototype = Service.prototype as Record<string, unknown>
  const { messages = {}, events = {} } = handlers
  for (const [pattern, handler] of Object.entries({ ...messages, ...events })) {
    prototype[pattern] = handler
    const descriptor = Object.getOwnPropertyDescriptor(prototype, pattern)!
    const decorator = pattern in messages ? MessagePattern(pattern) : EventPattern(pattern)
    decorator(prototype, pattern, descriptor)
    Payload()(prototype, pattern, 0)
    Ctx()(prototype, pattern, 1)
  }
  Controller()(Service as Type)
  class AppModule {}
  Module({ controllers: [Service] })(AppModule)
  const strategy = new KafkaTransport({ client: kafka, group: 'service', ...options })
  const app = await NestFactory.createMicroservice(AppModule, { strategy, logger: false })
  await app.listen()
  return app
}

test('a request is answered, by whoever has its pattern', async () => {
  await using kafka = new MockKafka()
  const app = await start(kafka, {
    messages: {
      sum: ({ numbers }: { numbers: number[] }, context) => ({
        sum: numbers.reduce((total, number) => total + number, 0),
        topic: context.getTopic(),
      }),
      nothing: () => null,
    },
  })
  const client = new KafkaClientProxy({ client: kafka })
  const [sum, nothing] = await Promise.all([
    firstValueFrom(client.send('sum', { numbers: [1, 2, 3] })),
    firstValueFrom(client.send('nothing', {})),
  ])
  assert.deepEqual(sum, { sum: 6, topic: 'sum' })
  assert.equal(nothing, null)
  await client.close()
  await app.close()
})

test('a request may have many answers, at once or over time, or none', async () => {
  await using kafka = new MockKafka()
  const app = await start(kafka, {
    messages: {
      letters: (): Observable<string> => from(['a', 'b', 'c']),
      ticks: (): Observable<string> =>
        interval(2).pipe(
          take(3),
          map((tick) => `tick ${tick}`),
        ),
      silence: (): Observable<never> => from([]),
    },
  })
  const client = new KafkaClientProxy({ client: kafka })
  const all = (pattern: string) =>
    firstValueFrom(client.send<string>(pattern, {}).pipe(toArray<string>()))
  assert.deepEqual(await all('letters'), ['a', 'b', 'c'])
  assert.deepEqual(await all('ticks'), ['tick 0', 'tick 1', 'tick 2'])
  assert.deepEqual(await all('silence'), [])
  await client.close()
  await app.close()
})

test('an error is an answer, but one that says that it may pass is tried again', async () => {
  await using kafka = new MockKafka()
  let attempts = 0
  const app = await start(
    kafka,
    {
      messages: {
        refused: () => {
          throw new RpcException('not you')
        },
        shaky: () => {
          if (++attempts < 3) throw new KafkaRetriableException('busy')
          return attempts
        },
      },
    },
    { retry: { baseDelay: '1ms' } },
  )
  const client = new KafkaClientProxy({ client: kafka })
  await assert.rejects(firstValueFrom(client.send('refused', {})), {
    status: 'error',
    message: 'not you',
  })
  assert.equal(await firstValueFrom(client.send('shaky', {})), '3')
  await client.close()
  await app.close()
})

test('an event whose handler fails is tried again, then put aside', async () => {
  await using kafka = new MockKafka()
  const attempts: number[] = []
  const app = await start(
    kafka,
    {
      events: {
        'order.created': (_: unknown, context) => {
          attempts.push(context.getAttempt())
          throw new RpcException('cannot bill')
        },
      },
    },
    { retry: { maxAttempts: 2, baseDelay: '1ms' }, deadLetter: 'dlq' },
  )
  const client = new KafkaClientProxy({ client: kafka })
  const stored = await firstValueFrom(
    client.emit<{ topic: string }>('order.created', { key: 'ann', value: { id: 1 } }),
  )
  assert.equal(stored.topic, 'order.created')
  const letter = await kafka.consumer('dlq').first()
  assert.deepEqual([letter?.key, letter?.value], ['ann', { id: 1 }])
  assert.equal(letter?.headers['error'], 'cannot bill')
  assert.deepEqual(attempts, [1, 2])
  await client.close()
  await app.close()
})

test('a request without an answer ends after a while, with its client, or at once', async () => {
  await using kafka = new MockKafka()
  const client = new KafkaClientProxy({ client: kafka, replyTimeout: '20ms' })
  await assert.rejects(firstValueFrom(client.send('nobody', {})), { code: 'timeout' })
  const patient = new KafkaClientProxy({ client: kafka, maxPending: 1 })
  const request = firstValueFrom(patient.send('nobody', {}))
  await assert.rejects(firstValueFrom(patient.send('nobody', {})), { code: 'quota_exceeded' })
  void patient.close()
  await assert.rejects(request, { code: 'closed' })
  await client.close()
})

test('a service does not start with options that cannot work', async () => {
  await using kafka = new MockKafka()
  const events = { done: () => undefined }
  const starting = start(kafka, { events }, { concurrency: 0 })
  await assert.rejects(starting, { code: 'invalid_option', option: 'concurrency' })
})

test('KafkaClientProxy refuses options that there are not, as those of another transport', () => {
  const options = { consumer: { groupId: 'g' } } as never
  assert.throws(() => new KafkaClientProxy(options), { code: 'invalid_option', option: 'consumer' })
})

test("keys become bytes as with Nest's own transport: those that are numbers, too", async () => {
  await using kafka = new MockKafka()
  const app = await start(kafka, {
    messages: { price: ({ id }: { id: number }) => ({ key: id, value: { price: 3 } }) },
  })
  const client = new KafkaClientProxy({ client: kafka })
  const id = { toString: () => 'id', toJSON: () => 'JSON' }
  for (const key of ['text', 7, Buffer.from('bytes'), { part: 1 }, [1], id, null]) {
    await firstValueFrom(client.emit('events', { key, value: 'v' }))
  }
  const events = await kafka.getMessages('events')
  assert.deepEqual(
    events.map(({ key }) => key),
    ['text', '7', 'bytes', '{"part":1}', '[1]', 'id', null],
  )
  const price = client.send('price', { key: 9, value: { id: 9 } })
  assert.deepEqual(await firstValueFrom(price), { price: 3 })
  assert.equal((await kafka.getMessages('price'))[0]?.key, '9')
  assert.equal((await kafka.getMessages('price.reply'))[0]?.key, '9')
  await client.close()
  await app.close()
})
