import 'reflect-metadata'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Inject, Injectable, Module, Scope, type Type } from '@nestjs/common'
import type { CanActivate, ExecutionContext, ModuleMetadata } from '@nestjs/common'
import { APP_GUARD, ContextIdFactory, NestFactory, REQUEST, type ContextId } from '@nestjs/core'
import type { KafkaRecord } from '../client/record/kafka-record.ts'
import type { Producer } from '../client/producer/producer.ts'
import { Kafka } from '../index-node.ts'
import { MockKafka } from '../testing/mock-kafka.ts'
import { KafkaEvent, KafkaEvents } from './kafka-events.ts'
import { KafkaModule } from './kafka-module.ts'
import { KafkaSubscribe, type KafkaSubscribeOptions } from './kafka-subscribe.ts'
import { KafkaSubscriptions } from './kafka-subscriptions.ts'
import { getKafkaToken, getProducerToken } from './tokens.ts'

interface Order {
  readonly id: number
}

/** Starts an application; type stripping knows no decorators, so they are called. */
async function start(metadata: ModuleMetadata) {
  class AppModule {}
  Module(metadata)(AppModule)
  return NestFactory.createApplicationContext(AppModule, { logger: false, abortOnError: false })
}

/** Puts `@KafkaSubscribe` on the method `on` of a class, and `@Injectable` on the class. */
function subscribed(
  target: Type,
  topic: string,
  options: KafkaSubscribeOptions<Order> = { group: 'g' },
): Type {
  const prototype = target.prototype as object
  KafkaSubscribe<Order>(topic, options)(
    prototype,
    'on',
    Object.getOwnPropertyDescriptor(prototype, 'on')!,
  )
  return target
}

test('KafkaModule injects the client that it was given, and leaves it open', async () => {
  await using kafka = new MockKafka()
  const app = await start({
    imports: [KafkaModule.forRoot({ kafka }), KafkaModule.forFeature(['orders'])],
  })
  assert.equal(app.get(Kafka), kafka)
  await app.get<Producer<Order>>(getProducerToken('orders')).send({ id: 1 })
  await app.close()
  assert.equal((await kafka.getMessages('orders')).length, 1)
})

test('KafkaModule refuses options for a client that is there', async () => {
  await using kafka = new MockKafka()
  const module = KafkaModule.forRoot({ kafka, clientId: undefined as never, url: 'memory:' })
  const expected = { code: 'invalid_option', option: 'url' }
  await assert.rejects(start({ imports: [module] }), expected)
})

test('KafkaModule closes a client that it has made', async () => {
  const app = await start({ imports: [KafkaModule.forRoot({ url: 'memory:' })] })
  const kafka = app.get(Kafka)
  await kafka.produce('orders', { id: 1 })
  await app.close()
  assert.throws(() => kafka.producer('orders'), { code: 'closed' })
})

test('KafkaModule takes options from other providers; clients may have names', async () => {
  await using kafka = new MockKafka()
  class Config {
    readonly kafka = kafka
  }
  class ConfigModule {}
  Module({ providers: [Config], exports: [Config] })(ConfigModule)
  const app = await start({
    imports: [
      KafkaModule.forRootAsync({
        name: 'audit',
        imports: [ConfigModule],
        inject: [Config],
        useFactory: (config: Config) => Promise.resolve({ kafka: config.kafka }),
      }),
      KafkaModule.forRoot({ url: 'memory:' }),
    ],
  })
  assert.equal(app.get(getKafkaToken('audit')), kafka)
  assert.notEqual(app.get(Kafka), kafka)
  await app.close()
})

test('@KafkaSubscribe has a method called for each record, while there is the app', async () => {
  await using kafka = new MockKafka()
  const handled = Promise.withResolvers<void>()
  const ids: number[] = []
  class Billing {
    on(record: KafkaRecord<Order>): void {
      if (ids.push(record.value.id) === 2) handled.resolve()
    }
  }
  const app = await start({
    imports: [KafkaModule.forRoot({ kafka })],
    providers: [subscribed(Billing, 'orders')],
  })
  await kafka.seed('orders', [{ id: 1 }, { id: 2 }])
  await handled.promise
  const [state] = app.get(KafkaSubscriptions).states
  assert.equal(state?.name, 'Billing.on')
  assert.deepEqual(state?.topics, ['orders'])
  await app.close()
  assert.equal(state?.group, 'g')
  assert.equal(app.get(KafkaSubscriptions).states[0]?.status, 'closed')
  const group = await kafka.admin.describeGroup('g')
  assert.deepEqual([group.members.length, group.totalLag], [0, 0])
  assert.deepEqual(ids, [1, 2])
})

test('@KafkaSubscribe tries a record again, then puts it aside', async () => {
  await using kafka = new MockKafka()
  let attempts = 0
  class Billing {
    on(): void {
      attempts++
      throw new Error('cannot bill')
    }
  }
  const options = { group: 'g', deadLetter: 'dlq', retry: { maxAttempts: 2, baseDelay: '1ms' } }
  const app = await start({
    imports: [KafkaModule.forRoot({ kafka })],
    providers: [subscribed(Billing, 'orders', options as KafkaSubscribeOptions<Order>)],
  })
  await kafka.seed('orders', [{ id: 1 }])
  const letter = await kafka.consumer<Order>('dlq').first()
  assert.deepEqual([letter?.value.id, letter?.headers['error']], [1, 'cannot bill'])
  assert.equal(attempts, 2)
  await app.close()
})

test('@KafkaSubscribe knows guards, and providers of request scope', async () => {
  await using kafka = new MockKafka()
  const handled = Promise.withResolvers<[number, number]>()
  class OnlyEven implements CanActivate {
    canActivate(context: ExecutionContext): boolean {
      assert.equal(context.getType(), 'kafka')
      return context.getArgByIndex<KafkaRecord<Order>>(0).value.id % 2 === 0
    }
  }
  class Billing {
    readonly #request: KafkaRecord<Order>
    constructor(request: KafkaRecord<Order>) {
      this.#request = request
    }
    on(record: KafkaRecord<Order>): void {
      handled.resolve([record.value.id, this.#request.value.id])
    }
  }
  Injectable({ scope: Scope.REQUEST })(Billing)
  Inject(REQUEST)(Billing, undefined, 0)
  const options = { group: 'g', deadLetter: 'refused', retry: { maxAttempts: 1 } }
  const app = await start({
    imports: [KafkaModule.forRoot({ kafka })],
    providers: [
      subscribed(Billing as Type, 'orders', options),
      { provide: APP_GUARD, useClass: OnlyEven },
    ],
  })
  await kafka.seed('orders', [{ id: 1 }, { id: 2 }])
  assert.deepEqual(await handled.promise, [2, 2])
  assert.equal((await kafka.consumer<Order>('refused').first())?.value.id, 1)
  await app.close()
})

test('KafkaEvents publishes events to where their class says', async () => {
  await using kafka = new MockKafka()
  class OrderEvent {
    readonly order: Order
    constructor(order: Order) {
      this.order = order
    }
  }
  KafkaEvent<OrderEvent>('orders', {
    key: ({ order }) => String(order.id),
    value: ({ order }) => order,
    headers: () => ({ source: 'shop' }),
    timestamp: () => 5,
  })(OrderEvent)
  class OrderCreated extends OrderEvent {}
  const app = await start({ imports: [KafkaModule.forRoot({ kafka })] })
  const events = app.get(KafkaEvents)
  await events.publishAll([new OrderCreated({ id: 7 })])
  const [message] = await kafka.getMessages<Order>('orders')
  const { key, value, headers, timestamp } = message!
  assert.deepEqual(
    { key, value, headers, time: Number(timestamp) },
    { key: '7', value: { id: 7 }, headers: { source: 'shop' }, time: 5 },
  )
  await assert.rejects(events.publish(new Error('no event')), { code: 'invalid_option' })
  await app.close()
})

test('an application does not start where a @KafkaSubscribe could never be called', async () => {
  await using kafka = new MockKafka()
  class Billing {
    on(): void {}
  }
  class Shipping {
    on(): void {}
  }
  const cases: [Type, KafkaSubscribeOptions<Order>, string][] = [
    [Billing, { group: 'g', concurrency: -1 }, 'concurrency'],
    [Shipping, { group: 'g', client: 'nobody' }, 'client'],
  ]
  for (const [target, options, option] of cases) {
    const providers = [subscribed(target, 'orders', options)]
    const starting = start({ imports: [KafkaModule.forRoot({ kafka })], providers })
    await assert.rejects(starting, { code: 'invalid_option', option })
  }
})

test('@KafkaSubscribe is for the client that it names', async () => {
  await using kafka = new MockKafka()
  await using audit = new MockKafka()
  const handled = Promise.withResolvers<number>()
  class Billing {
    on(record: KafkaRecord<Order>): void {
      handled.resolve(record.value.id)
    }
  }
  const app = await start({
    imports: [KafkaModule.forRoot({ kafka }), KafkaModule.forRoot({ name: 'audit', kafka: audit })],
    providers: [subscribed(Billing, 'orders', { group: 'g', client: 'audit' })],
  })
  await kafka.seed('orders', [{ id: 1 }])
  await audit.seed('orders', [{ id: 2 }])
  assert.equal(await handled.promise, 2)
  assert.equal(app.get(KafkaSubscriptions).states.length, 0)
  await app.close()
})

test('@KafkaSubscribe shares durable providers as the program says', async (context) => {
  await using kafka = new MockKafka()
  const tenants = new Map<string, ContextId>()
  const strategy = {
    attach(contextId: ContextId, { headers }: KafkaRecord) {
      const tenant = headers['tenant']!
      const ofTenant = tenants.get(tenant) ?? ContextIdFactory.create()
      tenants.set(tenant, ofTenant)
      return {
        resolve: ({ isTreeDurable }: { isTreeDurable: boolean }) =>
          isTreeDurable ? ofTenant : contextId,
        payload: { tenant },
      }
    },
  }
  const before = (ContextIdFactory as unknown as { strategy: typeof strategy }).strategy
  ContextIdFactory.apply(strategy)
  context.after(() => ContextIdFactory.apply(before))
  const handled = Promise.withResolvers<void>()
  const seen: [tenant: string, count: number][] = []
  class Billing {
    readonly tenant: string
    count = 0
    constructor({ tenant }: { tenant: string }) {
      this.tenant = tenant
    }
    on(): void {
      if (seen.push([this.tenant, ++this.count]) === 3) handled.resolve()
    }
  }
  Injectable({ scope: Scope.REQUEST, durable: true })(Billing)
  Inject(REQUEST)(Billing, undefined, 0)
  const app = await start({
    imports: [KafkaModule.forRoot({ kafka })],
    providers: [subscribed(Billing as Type, 'orders')],
  })
  const of = (tenant: string) => ({ value: { id: 1 }, headers: { tenant } })
  await kafka.seed('orders', [of('a'), of('b'), of('a')])
  await handled.promise
  await app.close()
  assert.deepEqual(seen.map(String).sort(), ['a,1', 'a,2', 'b,1'])
})
