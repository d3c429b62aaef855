/**
 * `npm run test:frameworks`: a Nest application and a React page, built and started for real, with
 * a broker between them. Somebody clicks, the service works, the page shows what became of it; the
 * broker goes and comes back; everything is closed in order.
 */

import assert from 'node:assert/strict'
import { buildShop, reactVersions } from './build.ts'
import { brokerRestart, choose, clickThrough, closeUnanswered } from './page-steps.ts'
import { documentedPage, hideAndShow, manyAtOnce } from './page-steps.ts'
import { documentedService, endInOrder, otherTransport, service } from './service-steps.ts'
import { serviceOnNest12, startShop } from './service-steps.ts'
import type { ServiceProcess } from './service-process.ts'
import { openBrowser, ShopPage } from './shop-page.ts'
import { eventually, say, World } from './world.ts'

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
    const pageUrl = `${shop.url}/react-${version}`
    const page = await ShopPage.open(browser, pageUrl)
    await clickThrough(world, page, invoiceCount)
    await choose(page)
    await manyAtOnce(world, page, invoiceCount + 2)
    await hideAndShow(world, page)
    assert.deepEqual(page.errors, [])
    await brokerRestart(world, page)
    assert.deepEqual(page.errors, [])
    await page.close()
    await eventually(() => world.memberCount('screen'), 0)
    await closeUnanswered(world, (kafkaUrl) =>
      ShopPage.open(browser, `${pageUrl}?kafkaUrl=${encodeURIComponent(kafkaUrl)}`),
    )
    invoiceCount += 3007
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
