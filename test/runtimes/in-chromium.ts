/** Runs the program in a page of headless Chromium: bundled as for any page, from a local server. */

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { build } from 'esbuild'
import { chromium } from 'playwright-core'
import type { Outcome } from './outcomes.ts'
import type { PackedApp } from './packed-app.ts'

export interface PageOptions {
  readonly app: PackedApp
  readonly executablePath: string
  readonly connections: readonly string[]
}

declare global {
  var play: (connections: readonly string[]) => Promise<Outcome[]>
}

const quiet = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking']

export async function playInChromium(options: PageOptions): Promise<Outcome[]> {
  const bundle = await build({
    entryPoints: [join(options.app.folder, 'page.mjs')],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    write: false,
    logLevel: 'warning',
  })
  const script = bundle.outputFiles[0]!.text
  const pages = createServer(({ url }, response) => {
    const isScript = url === '/page.js'
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
    response.end(
      isScript ? script : '<!doctype html><script type="module" src="/page.js"></script>',
    )
  })
  pages.listen(0, '127.0.0.1')
  await once(pages, 'listening')
  // The certificate of the tests is of an authority that nobody trusts.
  const args = [...quiet, '--ignore-certificate-errors']
  const browser = await chromium.launch({ executablePath: options.executablePath, args })
  try {
    const page = await browser.newPage()
    const errors: Error[] = []
    page.on('pageerror', (error) => errors.push(error))
    await page.goto(`http://127.0.0.1:${(pages.address() as AddressInfo).port}/`)
    await page.waitForFunction('globalThis.play !== undefined')
    const outcomes = await page.evaluate((given) => globalThis.play(given), options.connections)
    return [...outcomes, ...errors.map(unhandled)]
  } finally {
    await browser.close()
    pages.close()
  }
}

function unhandled(error: Error): Outcome {
  const detail = error.stack ?? error.message
  return { connection: 'any', step: 'unhandled error', result: 'failed', detail, tookMs: 0 }
}
