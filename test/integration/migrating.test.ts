/** Runs both halves of each pair in docs/migrating-from-kafkajs.md, and compares what they print. */

import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { format } from 'node:util'
import { silentLogger } from '../../src/runtime/runtime.ts'
import { withFolder } from '../../src/server/offline.ts'
import { KafkaServer } from '../../src/server/server.ts'
import { MockKafka } from '../../src/testing/index.ts'

process.env['KAFKAJS_NO_PARTITIONER_WARNING'] = '1'

const root = join(import.meta.dirname, '..', '..')
const page = readFileSync(join(root, 'docs', 'migrating-from-kafkajs.md'), 'utf8')
const tls = join(root, 'test', 'fixtures', 'tls')
const folder = mkdtempSync(join(tmpdir(), 'kafka-do-migrating-'))
after(() => rmSync(folder, { recursive: true, force: true }))

interface Pair {
  readonly name: string
  readonly halves: readonly [kafkajs: string, ours: string]
  readonly output: string
}

const fence = '```'
const pattern = new RegExp(
  `<!-- pair: (.+) -->\n${fence}ts\n([^]*?)${fence}\n${fence}ts\n([^]*?)${fence}\n${fence}\n([^]*?)${fence}`,
  'g',
)
const pairs = [...page.matchAll(pattern)].map(([, name, kafkajs, ours, output]): Pair => ({
  name: name!,
  halves: [kafkajs!, ours!],
  output: output!,
}))

interface Broker extends AsyncDisposable {
  readonly address: string
}

const records = [
  { key: 'ann', value: { amount: 20 }, timestamp: Date.UTC(2026, 0, 1) },
  { key: 'bob', value: { amount: 150 }, timestamp: Date.UTC(2026, 0, 2) },
  { key: 'ann', value: { amount: 300 }, timestamp: Date.UTC(2026, 0, 3) },
]

async function openBroker(): Promise<Broker> {
  const kafka = new MockKafka()
  await kafka.seed('orders', records)
  await kafka.admin.resetOffsets('archive', 'orders', { 0: 1 })
  return { address: await kafka.listen(), [Symbol.asyncDispose]: () => kafka.close() }
}

async function openGuardedBroker(): Promise<Broker> {
  const dataFolder = mkdtempSync(join(folder, 'data-'))
  await withFolder(dataFolder, ({ admin }) =>
    admin.alterScramCredentials([{ user: 'ann', password: 'secret' }]),
  )
  const pem = (name: string): string => readFileSync(join(tls, `${name}.pem`), 'utf8')
  const server = await KafkaServer.start({
    port: 0,
    dataFolder,
    logger: silentLogger,
    authentication: 'required',
    tls: { cert: pem('server'), key: pem('server-key') },
  })
  const address = `localhost:${server.address.port}`
  return { address, [Symbol.asyncDispose]: () => server.close() }
}

/** What the first pair makes, for those that do not. */
const preludes = [
  `import { Kafka, logLevel } from 'kafkajs'
const kafka = new Kafka({ brokers: ['localhost:9092'], logLevel: logLevel.NOTHING })`,
  `import { Kafka } from 'kafka.do'
await using kafka = new Kafka({ url: 'kafka://localhost:9092' })`,
]

/** The packages are not installed where programs are run: their names lead to what is here. */
function prepare(code: string, address: string): string {
  const entry = (path: string): string => `'${pathToFileURL(join(root, path)).href}'`
  return code
    .replaceAll("'kafka.do'", entry('src/index-node.ts'))
    .replaceAll("'kafkajs'", entry('node_modules/kafkajs/index.js'))
    .replaceAll('localhost:9092', address)
    .replaceAll("'ca.pem'", `'${join(tls, 'ca.pem')}'`)
}

/** Runs a program, and returns what it prints. */
async function run({ name, halves }: Pair, half: 0 | 1): Promise<string> {
  const code = halves[half]
  await using broker = await (name === 'authentication' ? openGuardedBroker() : openBroker())
  const whole = code.includes('new Kafka(') ? code : `${preludes[half]}\n${code}`
  const file = join(folder, `${name.replaceAll(' ', '-')}-${half}.mjs`)
  const console = `const console = {
    log: (...words) => globalThis.printed[${JSON.stringify(file)}].push(words),
    assert: (isTrue) => { if (!isTrue) throw new Error('console.assert') },
  }\n`
  const printed = globalThis as unknown as { printed: Record<string, unknown[][]> }
  const lines: unknown[][] = []
  printed.printed = { ...printed.printed, [file]: lines }
  writeFileSync(file, console + prepare(whole, broker.address))
  await import(pathToFileURL(file).href)
  return lines.map((words) => `${format(...words)}\n`).join('')
}

test('every pair on the page is whole', () => {
  const marks = page.match(/<!-- pair: /g) ?? []
  assert.equal(pairs.length, marks.length)
  assert.ok(pairs.length >= 15)
  assert.equal(page.match(/```ts\n/g)?.length, pairs.length * 2)
})

void suite('kafkajs and kafka.do do the same', { concurrency: true }, () => {
  for (const pair of pairs) {
    void test(pair.name, async () => {
      const [kafkajs, ours] = await Promise.all([run(pair, 0), run(pair, 1)])
      assert.equal(ours, kafkajs)
      assert.equal(ours, pair.output)
    })
  }
})
