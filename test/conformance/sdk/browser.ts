/**
 * Our SDK in a page of headless Chromium: bundled as users bundle it, loaded from a server of its
 * own, connected to the broker over WebSocket. What the page consumes is printed here.
 */

import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { build } from 'esbuild'
import { chromium } from 'playwright-core'
// @ts-expect-error plain JavaScript, shared with the programs of other clients
import * as scenario from '../node/scenario.mjs'
import type { ConsumedRecord, Member } from './scenario.ts'

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
const arguments_ = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

const bundle = await build({
  entryPoints: [join(import.meta.dirname, 'page.ts')],
  bundle: true,
  format: 'esm',
  platform: 'browser',
  write: false,
  logLevel: 'silent',
})
const script = bundle.outputFiles[0]!.text
const pages = createServer((request, response) => {
  const isScript = request.url === '/page.js'
  response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
  response.end(isScript ? script : '<!doctype html><script type="module" src="/page.js"></script>')
})
pages.listen(0, '127.0.0.1')
await once(pages, 'listening')

const browser = await chromium.launch({ executablePath, args: arguments_ })
const page = await browser.newPage()
page.on('pageerror', (error) => scenario.fail(error))
page.on('console', (message) => process.stderr.write(`page: ${message.text()}\n`))
await page.exposeFunction('consumedAll', (consumed: readonly [Member, ConsumedRecord][]) => {
  for (const [member, record] of consumed) scenario.consumed(member, record)
})
await page.goto(`http://127.0.0.1:${(pages.address() as AddressInfo).port}/`)
await page.waitForFunction('window.open_ !== undefined')

const settings = {
  url: `http://${scenario.bootstrap}`,
  topic: scenario.topic as string,
  group: scenario.group as string,
}
await page.evaluate((given) => globalThis.open_(given), settings)
const codecs = ['none', 'gzip', 'snappy', 'lz4'] as const
await scenario.play({
  codecs,
  createTopic: () => page.evaluate(() => globalThis.steps.createTopic()),
  produce: async (from: number, to: number) => {
    const chunks = [...scenario.chunks(from, to, codecs)]
    await page.evaluate((given) => globalThis.produceChunks(given), chunks)
  },
  join: async (member: Member) => {
    await page.evaluate((given) => globalThis.joinAs(given), member)
    return () => page.evaluate((given) => globalThis.leaveAs(given), member)
  },
  close: async () => {
    await page.evaluate(() => globalThis.steps.close())
    await browser.close()
    pages.close()
  },
})
