/** What the services of the shop do, and how they end. */

import assert from 'node:assert/strict'
import { converseWithOtherTransport } from './other-transport.ts'
import { ServiceProcess } from './service-process.ts'
import { eventually, say, type Invoice, type World } from './world.ts'

/** The service, started; `id` names its orders. */
export async function service(world: World, shop: ServiceProcess, id: string): Promise<void> {
  const order = { id, customer: 'bob', quantity: 3 }
  const stored = await shop.post<{ topic: string }>('/orders', order)
  assert.equal(stored.topic, 'orders')
  const invoices = world.kafka.consumer<Invoice>('invoices')
  const invoice = await invoices.filter(({ value }) => value.orderId === id).first()
  assert.deepEqual(invoice?.value, { orderId: id, amount: 21 })
  await shop.post('/orders', { ...order, quantity: 0 })
  const letters = world.kafka.consumer<typeof order>('orders-dlq')
  const letter = await letters.filter(({ value }) => value.id === id).first()
  assert.equal(letter?.headers['source'], 'http')
  assert.match(letter?.headers['error'] ?? '', /nobody orders 0/)
  await eventually(() => shop.get('/billed'), { [id]: 21 })
  assert.match(shop.complaints, /nobody orders 0/)
  await eventually(() => shop.get('/health'), [{ name: 'Billing.onOrder', status: 'live' }])
  say('the service publishes events, handles records, asks and answers')
}

export async function serviceOnNest12(world: World): Promise<void> {
  const shop = await startShop(world, world.shop.mainOnNest12)
  try {
    await service(world, shop, 'on-nest-12')
    await endInOrder(world, shop)
  } finally {
    shop.kill()
  }
  say('all that is so with Nest 12, too')
}

export function startShop(world: World, main: string): Promise<ServiceProcess> {
  return ServiceProcess.start({
    main,
    env: { KAFKA_DO_URL: world.url, SCRIPTS: world.shop.scripts },
  })
}

export async function otherTransport(world: World): Promise<void> {
  await converseWithOtherTransport(world.kafka, world.url.replace('http://', ''))
  say("services with Nest's own Kafka transport and with ours understand each other")
}

export async function documentedService(world: World): Promise<void> {
  const service = await ServiceProcess.start({
    main: world.shop.documentedMain,
    env: { KAFKA_DO_URL: world.url, PORT: '0' },
  })
  try {
    await service.post('/orders', { orderId: '7', amount: 100 })
    const invoices = world.kafka.consumer<{ orderId: string; total: number }>('invoices')
    const invoice = await invoices.filter(({ value }) => value.orderId === '7').first()
    assert.equal(invoice?.value.total, 119)
    assert.deepEqual(await service.stop(), { code: null, signal: 'SIGTERM' })
  } finally {
    service.kill()
  }
  say('the service of docs/nestjs.md does what it says')
}

export async function endInOrder(world: World, shop: ServiceProcess): Promise<void> {
  assert.deepEqual(await shop.stop(), { code: null, signal: 'SIGTERM' })
  for (const group of ['billing', 'pricing']) {
    assert.equal(await world.memberCount(group), 0)
    assert.equal(await world.lag(group), 0)
  }
  say('the service ended when it was told to, with everything committed')
}
