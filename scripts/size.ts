/**
 * `npm run size`: how much a page loads, compressed, before it has produced and consumed. Exits with
 * 1 where it is over its limit.
 *
 * The page takes what the package has for pages, is packed by Rolldown, the bundler of Vite, and
 * really run, with this Node for a browser and a server beside it: what counts is each file that the
 * run loads, and nothing else.
 */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { rolldown, type OutputChunk } from 'rolldown'
import { silentLogger } from '../src/runtime/runtime.ts'
import { KafkaServer } from '../src/server/server.ts'
import { packForBrowsers } from './browser-bundle.ts'

interface Measured {
  readonly what: string
  /** The page, where `Kafka` and the `url` of a server are known. */
  readonly page: string
  readonly limitBytes: number
}

const KiB = 1024
const send = `await kafka.producer('greetings').send('hello')`
const read = (config: string): string =>
  `for await (const { value } of kafka.consumer('greetings', ${config})) {
    if (value === 'hello') break
  }`
const measured: readonly Measured[] = [
  // What we aim at is 25. Consuming is not loaded later: without it a page would load 5 less, and
  // one that consumes 1 more.
  { what: 'produce and consume', page: `${send}\n${read('{}')}`, limitBytes: 33.8 * KiB },
  { what: 'produce', page: send, limitBytes: 33.8 * KiB },
  { what: 'consume', page: read('{}'), limitBytes: 33.8 * KiB },
  {
    what: 'produce and consume in a group',
    page: `${send}\n${read("{ group: 'readers' }")}`,
    limitBytes: 39.9 * KiB,
  },
]

/** Packs `page` into `folder`, beside which are the entries for browsers. */
async function pack(page: string, folder: string): Promise<OutputChunk[]> {
  const input = join(folder, 'page.ts')
  writeFileSync(
    input,
    `import { Kafka } from '../browser/index.js'
    const kafka = new Kafka({ url: globalThis.serverUrl })
    async function main() {
      ${page}
      await kafka.close()
    }
    globalThis.running = main()`,
  )
  const bundle = await rolldown({ input, platform: 'browser', preserveEntrySignatures: false })
  const { output } = await bundle.write({
    dir: join(folder, 'packed'),
    minify: true,
    entryFileNames: '[name].mjs',
    chunkFileNames: '[name]-[hash].mjs',
  })
  await bundle.close()
  return output.filter((file) => file.type === 'chunk')
}

/** Runs what was packed into `folder`. Returns the names of the files that were loaded. */
async function run(folder: string): Promise<string[]> {
  const packed = pathToFileURL(join(folder, 'packed')).href
  const loaded = new Set<string>()
  const hooks = registerHooks({
    load(url, context, next) {
      if (url.startsWith(packed)) loaded.add(basename(url))
      return next(url, context)
    },
  })
  await import(`${packed}/page.mjs`)
  await (globalThis as { running?: Promise<void> }).running
  hooks.deregister()
  return [...loaded]
}

async function measure({ what, page, limitBytes }: Measured, folder: string): Promise<void> {
  const chunks = await pack(page, folder)
  const loaded = await run(folder)
  const sizes = loaded.map((name) => {
    const code = readFileSync(join(folder, 'packed', name))
    return { minified: code.length, gzip: gzipSync(code, { level: 9 }).length }
  })
  const gzip = sizes.reduce((sum, size) => sum + size.gzip, 0)
  const minified = sizes.reduce((sum, size) => sum + size.minified, 0)
  const inKiB = (bytes: number): string => (bytes / KiB).toFixed(1)
  process.stdout.write(
    `${what}: ${inKiB(gzip)} KiB gzip of ${inKiB(limitBytes)}, ${inKiB(minified)} KiB minified, ` +
      `in ${loaded.length} of ${chunks.length} files\n`,
  )
  if (gzip > limitBytes) process.exitCode = 1
}

const workplace = mkdtempSync(join(tmpdir(), 'kafka-do-size-'))
const server = await KafkaServer.start({ port: 0, dataFolder: 'memory:', logger: silentLogger })
Object.assign(globalThis, { serverUrl: server.url })
try {
  await packForBrowsers(join(workplace, 'browser'))
  for (const [index, one] of measured.entries()) {
    const folder = join(workplace, `page-${index}`)
    mkdirSync(folder)
    await measure(one, folder)
  }
} finally {
  await server.close()
  rmSync(workplace, { recursive: true })
}
