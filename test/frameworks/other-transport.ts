/**
 * Nest has a Kafka transport of its own, on kafkajs: services with that one and with ours ask each
 * other, and hear each other's events.
 */

import 'reflect-metadata'
import assert from 'node:assert/strict'
import { Controller, Module, type INestMicroservice } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { ClientKafka, EventPattern, MessagePattern, RpcException } from '@nestjs/microservices'
import {
  Payload,
  Transport,
  type ClientProxy,
  type MicroserviceOptions,
} from '@nestjs/microservices'
import { firstValueFrom, from, toArray, type Observable } from 'rxjs'
import type { Kafka } from '../../src/index-node.ts'
import { KafkaClientProxy, KafkaTransport } from '../../src/nestjs/microservices.ts'

interface Numbers {
  readonly numbers: readonly number[]
}

/** A service; type stripping knows no decorators, so they are called. */
class Sums {
  readonly heard = Promise.withResolvers<unknown>()

  sum({ numbers }: Numbers): { sum: number } {
    return { sum: numbers.reduce((total, number) => total + number, 0) }
  }

  steps({ numbers }: Numbers): Observable<{ step: number }> {
    return from(numbers.map((step) => ({ step })))
  }

  refuse(): never {
    throw new RpcException('not you')
  }

  onEvent(event: unknown): void {
    this.heard.resolve(event)
  }
}

/** Returns the service as a controller whose patterns begin with `prefix`. */
function controllerOf(prefix: string): typeof Sums {
  class Prefixed extends Sums {}
  const prototype = Prefixed.prototype as unknown as Record<string, unknown>
  for (const name of ['sum', 'steps', 'refuse', 'onEvent']) {
    const method = Sums.prototype[name as 'sum']
    const own = function (this: Sums, data: Numbers): unknown {
      return method.call(this, data)
    }
    Object.defineProperty(prototype, name, { value: own, configurable: true, writable: true })
    const pattern = `${prefix}.${name}`
    const decorator = name === 'onEvent' ? EventPattern(pattern) : MessagePattern(pattern)
    decorator(prototype, name, Object.getOwnPropertyDescriptor(prototype, name)!)
    Payload()(prototype, name, 0)
  }
  Controller()(Prefixed)
  return Prefixed
}

async function startService(
  prefix: string,
  options: MicroserviceOptions,
): Promise<{ readonly app: INestMicroservice; readonly sums: Sums }> {
  const controller = controllerOf(prefix)
  class AppModule {}
  Module({ controllers: [controller] })(AppModule)
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(AppModule, {
    ...options,
    logger: false,
  })
  await app.listen()
  return { app, sums: app.get(controller) }
}

async function converse(
  client: Pick<ClientProxy, 'send' | 'emit'>,
  prefix: string,
  sums: Sums,
): Promise<void> {
  const numbers = [1, 2, 3]
  const ask = <Answer>(name: string): Observable<Answer> =>
    client.send<Answer>(`${prefix}.${name}`, { numbers })
  assert.deepEqual(await firstValueFrom(ask('sum')), { sum: 6 })
  assert.deepEqual(
    await firstValueFrom(ask('steps').pipe(toArray())),
    numbers.map((step) => ({ step })),
  )
  await assert.rejects(firstValueFrom(ask('refuse')), { status: 'error', message: 'not you' })
  await firstValueFrom(client.emit(`${prefix}.onEvent`, { key: 'k', value: { told: prefix } }))
  assert.deepEqual(await sums.heard.promise, { told: prefix })
}

/** Their client asks our service, and ours asks theirs. */
export async function converseWithOtherTransport(kafka: Kafka, broker: string): Promise<void> {
  const names = ['sum', 'steps', 'refuse', 'onEvent']
  const replies = names.slice(0, 3).map((name) => `ours.${name}.reply`)
  const patterns = ['ours', 'theirs'].flatMap((prefix) => names.map((name) => `${prefix}.${name}`))
  for (const topic of [...patterns, ...replies]) await kafka.admin.createTopic(topic)

  const brokers = { brokers: [broker], retry: { retries: 2 } }
  const ours = await startService('ours', {
    strategy: new KafkaTransport({ client: kafka, group: 'ours' }),
  })
  const theirs = await startService('theirs', {
    transport: Transport.KAFKA,
    options: { client: brokers, consumer: { groupId: 'theirs' } },
  })
  const ourClient = new KafkaClientProxy({ client: kafka })
  const theirClient = new ClientKafka({ client: brokers, consumer: { groupId: 'their-client' } })
  for (const name of ['sum', 'steps', 'refuse']) theirClient.subscribeToResponseOf(`ours.${name}`)
  try {
    await theirClient.connect()
    await converse(theirClient, 'ours', ours.sums)
    await converse(ourClient, 'theirs', theirs.sums)
  } finally {
    await Promise.all([ourClient.close(), theirClient.close()])
    await Promise.all([ours.app.close(), theirs.app.close()])
  }
}
