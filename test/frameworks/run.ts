/**
 * `npm run test:frameworks`: a Nest application and a React page, built and started for real, with
 * a broker between them. Somebody clicks, the service works, the page shows what became of it; the
 * broker goes and comes back; everything is closed in order.
 */

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { Kafka } from '../../src/index-node.ts'
import { silentLogger } from '../../src/runtime/runtime.ts'
import { KafkaServer } from '../../src/server/server.ts'
import { buildShop, reactVersions, type Shop } from './build.ts'
import { converseWithOtherTransport } from './other-transport.ts'
import { ServiceProcess } from './service-process.ts'
import { openBrowser, ShopPage } from './shop-page.ts'

interface Invoice {
  readonly orderId: string
  readonly amount: number
}

const started = performance.now()

function say(what: string): void {
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  process.stdout.write(`frameworks: ${seconds} s: ${what}\n`)
}

/** Asks again until `wanted` is the answer; the last answer is told where it never is. */
async function eventually<Answer>(ask: () => Promise<Answer>, wanted: Answer): Promise<void> {
  const deadline = performance.now() + 15_000
  for (;;) {
    const answer = await ask()
    try {
      return assert.deepEqual(answer, wanted)
    } catch (error) {
      if (performance.now() > deadline) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

class World {
  readonly shop: Shop
  readonly #dataFolder = mkdtempSync(join(tmpdir(), 'kafka-do-frameworks-'))
  #server: KafkaServer | undefined
  #port = 0
  #kafka: Kafka | undefined

  constructor(shop: Shop) {
    this.shop = shop
  }

  get kafka(): Kafka {
    return (this.#kafka ??= new Kafka({ url: this.url }))
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** Starts the broker, at the same place where it was before. */
  async startBroker(): Promise<void> {
    this.#server = await KafkaServer.start({
      host: '127.0.0.1',
      port: this.#port,
      dataFolder: this.#dataFolder,
      groups: { initialRebalanceDelayMs: 0 },
      logger: silentLogger,
    })
    this.#port = this.#server.address.port
  }

  async stopBroker(): Promise<void> {
    await this.#server?.close()
    this.#server = undefined
  }

  async memberCount(group: string): Promise<number> {
    return (await this.kafka.admin.describeGroup(group)).members.length
  }

  async lag(group: string): Promise<number> {
    return (await this.kafka.admin.describeGroup(group)).totalLag
  }

  async close(): Promise<void> {
    await this.#kafka?.close()
    await this.stopBroker()
    rmSync(this.#dataFolder, { recursive: true, force: true })
    rmSync(this.shop.folder, { recursive: true, force: true })
  }
}

/** Orders with a click, and sees the invoice; the number of invoices so far is counted on. */
async function clickThrough(world: World, page: ShopPage, invoicesBefore: number): Promise<void> {
  const everybody = page.list('everybody')
  const screen = page.list('screen')
  await everybody.status('live')
  await screen.status('live')
  await everybody.received(invoicesBefore)
  // StrictMode has mounted everything twice, and yet there is one member.
  assert.equal(await world.memberCount('screen'), 1)
  await page.click('order')
  await page.shows('sent at')
  await everybody.last('orders-1 costs 7')
  await page.click('order')
  await everybody.last('orders-2 costs 14')
  await screen.last('orders-2 costs 14')
  await everybody.received(invoicesBefore + 2)
  await page.click('misorder')
  await page.shows('no such topic')
  say('  a click became an order, an invoice and a line on the page')
}

/** Many records at once: the page keeps its limit, and is not rendered for each. */
async function manyAtOnce(world: World, page: ShopPage, invoicesBefore: number): Promise<void> {
  const count = 3000
  const everybody = page.list('everybody')
  const rendersBefore = await page.renderCount()
  const invoices = Array.from({ length: count }, (_, index) => ({
    orderId: `many-${index}`,
    amount: index,
  }))
  await world.kafka.producer<Invoice>('invoices').sendBatch(invoices)
  await everybody.received(invoicesBefore + count)
  const shown = await everybody.texts()
  assert.equal(shown.length, 100)
  assert.equal(shown.at(-1), `many-${count - 1} costs ${count - 1}`)
  await page.list('screen').last(`many-${count - 1} costs ${count - 1}`)
  assert.equal((await page.list('screen').texts()).length, 50)
  // Two lists, which StrictMode renders twice.
  const renders = (await page.renderCount()) - rendersBefore
  assert.ok(renders < count / 5, `rendered ${renders} times`)
  say(`  ${count} records came, in ${renders} renders`)
  await everybody.click('clear')
  assert.deepEqual(await everybody.texts(), [])
}

/** What is hidden leaves its group, having committed; what is shown again goes on. */
async function hideAndShow(world: World, page: ShopPage): Promise<void> {
  await page.click('hide')
  await eventually(() => world.memberCount('screen'), 0)
  await eventually(() => world.lag('screen'), 0)
  await world.kafka.producer<Invoice>('invoices').send({ orderId: 'unseen', amount: 1 })
  await page.click('show')
  const screen = page.list('screen')
  await screen.received(1)
  assert.deepEqual(await screen.texts(), ['unseen costs 1'])
  await screen.click('pause')
  await world.kafka.producer<Invoice>('invoices').send({ orderId: 'later', amount: 2 })
  await page.list('everybody').last('later costs 2')
  assert.deepEqual(await screen.texts(), ['unseen costs 1'])
  await screen.click('resume')
  await screen.last('later costs 2')
  await page.click('leave')
  await eventually(() => world.memberCount('screen'), 0)
  await page.click('enter')
  await page.list('screen').status('live')
  await page.reload()
  await page.list('screen').status('live')
  await eventually(() => world.memberCount('screen'), 1)
  say('  what left the page left its group, and came back to where it was')
}

/** The broker goes and comes back: nobody has to reload anything. */
async function brokerRestart(world: World, page: ShopPage): Promise<void> {
  await world.stopBroker()
  await page.list('everybody').status('degraded')
  await world.startBroker()
  await page.list('everybody').status('live')
  await page.click('order')
  await page.list('everybody').last('orders-1 costs 7')
  await eventually(() => world.lag('screen'), 0)
  // The browser itself tells of connections that it could not make.
  const foreign = page.errors.filter((error) => !error.includes('WebSocket connection'))
  assert.deepEqual(foreign, [])
  page.errors.length = 0
  say('  the broker was away, and the page went on')
}

/** The service, started; `id` names its orders. */
async function service(world: World, shop: ServiceProcess, id: string): Promise<void> {
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

async function serviceOnNest12(world: World): Promise<void> {
  const shop = await startShop(world, world.shop.mainOnNest12)
  try {
    await service(world, shop, 'on-nest-12')
    await endInOrder(world, shop)
  } finally {
    shop.kill()
  }
  say('all that is so with Nest 12, too')
}

function startShop(world: World, main: string): Promise<ServiceProcess> {
  return ServiceProcess.start({
    main,
    env: { KAFKA_DO_URL: world.url, SCRIPTS: world.shop.scripts },
  })
}

async function otherTransport(world: World): Promise<void> {
  await converseWithOtherTransport(world.kafka, world.url.replace('http://', ''))
  say("services with Nest's own Kafka transport and with ours understand each other")
}

async function documentedPage(browser: Browser, shop: ServiceProcess): Promise<void> {
  const page = await ShopPage.open(browser, `${shop.url}/react-documented`)
  await page.click('Order')
  await page.shows('Order 123: $99.99')
  assert.deepEqual(page.errors, [])
  await page.close()
  say('the page of docs/react.md does what it says')
}

async function documentedService(world: World): Promise<void> {
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

async function endInOrder(world: World, shop: ServiceProcess): Promise<void> {
  assert.deepEqual(await shop.stop(), { code: null, signal: 'SIGTERM' })
  for (const group of ['billing', 'pricing']) {
    assert.equal(await world.memberCount(group), 0)
    assert.equal(await world.lag(group), 0)
  }
  say('the service ended when it was told to, with everything committed')
}

// Whoever waits for what never comes is not to wait for ever.
setTimeout(() => {
  process.stderr.write('frameworks: not done after three minutes\n')
  process.exit(1)
}, 180_000).unref()

const world = new World(await buildShop())
say('the shop is built')
const browser = await openBrowser()
let shop: ServiceProcess | undefined
try {
  await world.startBroker()
  shop = await startShop(world, world.shop.main)
  await service(world, shop, 'by-http')
  await otherTransport(world)
  let invoiceCount = 1
  for (const version of reactVersions) {
    say(`React ${version}`)
    const page = await ShopPage.open(browser, `${shop.url}/react-${version}`)
    await clickThrough(world, page, invoiceCount)
    await manyAtOnce(world, page, invoiceCount + 2)
    await hideAndShow(world, page)
    assert.deepEqual(page.errors, [])
    await brokerRestart(world, page)
    assert.deepEqual(page.errors, [])
    await page.close()
    await eventually(() => world.memberCount('screen'), 0)
    invoiceCount += 3005
  }
  await documentedPage(browser, shop)
  await endInOrder(world, shop)
  await documentedService(world)
  await serviceOnNest12(world)
} catch (error) {
  process.stderr.write(shop?.complaints ?? '')
  throw error
} finally {
  shop?.kill()
  await browser.close()
  await world.close()
}
