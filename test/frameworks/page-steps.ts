/** What somebody does with the shop's page, and sees there. */

import assert from 'node:assert/strict'
import type { Browser } from 'playwright-core'
import type { ServiceProcess } from './service-process.ts'
import { ShopPage } from './shop-page.ts'
import { eventually, say, type Invoice, type World } from './world.ts'

/** Opens the page; it finds the broker at that URL. */
type OpenPage = (kafkaUrl: string) => Promise<ShopPage>

/** Orders with a click, and sees the invoice; the number of invoices so far is counted on. */
export async function clickThrough(
  world: World,
  page: ShopPage,
  invoicesBefore: number,
): Promise<void> {
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

/** Another topic is another list; where there is none to read, it is idle, or tells why. */
export async function choose(page: ShopPage): Promise<void> {
  const newest = page.list('newest')
  await newest.status('idle')
  await newest.choose('orders')
  await newest.last('orders orders-2')
  await newest.status('live')
  await newest.choose('orders-dlq')
  await newest.last('orders-dlq by-http')
  await newest.received(1)
  await newest.choose('no such topic')
  await newest.status('closed')
  await newest.click('retry')
  await newest.status('closed')
  assert.deepEqual(await newest.texts(), [])
  await newest.choose('')
  await newest.status('idle')
  say('  another topic was chosen, and one that cannot be')
}

/** Many records at once: the page keeps its limit, and is not rendered for each. */
export async function manyAtOnce(
  world: World,
  page: ShopPage,
  invoicesBefore: number,
): Promise<void> {
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
export async function hideAndShow(world: World, page: ShopPage): Promise<void> {
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
  await world.kafka.producer<Invoice>('invoices').send({ orderId: 'last', amount: 3 })
  await page.list('screen').last('last costs 3')
  await page.reload()
  await page.list('screen').status('live')
  await eventually(() => world.memberCount('screen'), 1)
  say('  what left the page left its group, and came back to where it was')
}

/** The broker goes and comes back: nobody has to reload anything. */
export async function brokerRestart(world: World, page: ShopPage): Promise<void> {
  await world.stopBroker()
  await page.list('everybody').status('degraded')
  await world.startBroker()
  await page.list('everybody').status('live')
  await page.click('order')
  await page.list('everybody').last('orders-1 costs 7')
  // The browser itself tells of connections that it could not make.
  const foreign = page.errors.filter((error) => !error.includes('WebSocket connection'))
  assert.deepEqual(foreign, [])
  page.errors.length = 0
  say('  the broker was away, and the page went on')
}

/**
 * A page is closed to which no answer comes any more: it commits, and says goodbye to its group, as
 * one that waits for the answer to its commit cannot. Else its session would last for 45 s.
 */
export async function closeUnanswered(world: World, open: OpenPage): Promise<void> {
  const hourMs = 3_600_000
  const proxy = await world.startProxy()
  try {
    const page = await open(`http://127.0.0.1:${proxy.port}`)
    const screen = page.list('screen')
    await screen.status('live')
    await world.kafka.producer<Invoice>('invoices').send({ orderId: 'farewell', amount: 4 })
    await screen.last('farewell costs 4')
    assert.equal(await world.lag('screen'), 1, 'that is not committed yet')
    proxy.stallAnswers(hourMs)
    await page.close()
    await eventually(() => world.memberCount('screen'), 0)
    assert.equal(await world.lag('screen'), 0)
    assert.deepEqual(page.errors, [])
  } finally {
    await proxy.close()
  }
  say('  a page that was closed committed and left its group, though no answer came')
}

export async function documentedPage(browser: Browser, shop: ServiceProcess): Promise<void> {
  const page = await ShopPage.open(browser, `${shop.url}/react-documented`)
  await page.click('Order')
  await page.shows('Order 123: $99.99')
  assert.deepEqual(page.errors, [])
  await page.close()
  say('the page of docs/react.md does what it says')
}
