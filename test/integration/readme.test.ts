import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { pageExamples, pagesWithExamples } from '../../scripts/docs/page-examples.ts'
import { KafkaServer } from '../../src/server/server.ts'
import { silentLogger } from '../../src/runtime/runtime.ts'

const root = join(import.meta.dirname, '..', '..')
const pages = pagesWithExamples.map((page) => readFileSync(join(root, page), 'utf8'))
const run = promisify(execFile)

/** What each example prints, as far as it is not left to chance. */
const expected: Readonly<Record<string, RegExp>> = {
  'quick-start': /^customer-456 99\.99$/m,
  processing: /^0\n1\n2\nbooked 10\nbooked 20\ncannot book -1 1$/m,
  streams: /^ann 20\nbob 150\nann 320$/m,
  testing: /^\[ '123' \]$/m,
  embedded: /name: 'events'/,
  sending: /^\[ 2, 3, 4 \]\n2$/m,
  'exactly-once': /^30$/m,
  rebalances: /^has 2\nstores 1\nstores 1$/m,
  'stream-driver': /card: '4711',\s+count: 4,[^]*\[ \[ 'late', 600000 \] \]/,
  'stream-serdes': /^\/ 1\n\/ 2\n\/ 2$/m,
  status: /^(catching up|live)$[^]*^closed$/m,
  instrumentation:
    /^orders-0 has a record at 0$[^]*^handled 0, sent by checkout$[^]*^Produce: 1 requests$/m,
  opentelemetry:
    /^send orders is in (\w{32})$\n^send invoices is in \1$\n^process orders is in \1$/m,
  'own-broker': /^3 86400000$/m,
  errors: /^stored at 0\ntoo large: split it$/m,
}

const examples = pageExamples()

/** No package is installed where programs are run: their names lead to what is here. */
function withSources(code: string): string {
  const entry = (path: string): string => `'${pathToFileURL(join(root, 'src', path)).href}'`
  return code
    .replaceAll("'kafka.do/opentelemetry'", entry('opentelemetry/index.ts'))
    .replaceAll("'kafka.do/server'", entry('server/index.ts'))
    .replaceAll("'kafka.do/testing'", entry('testing/index.ts'))
    .replaceAll(/'(@opentelemetry\/[^']+)'/g, (_, name: string) => `'${import.meta.resolve(name)}'`)
    .replaceAll("'kafka.do'", entry('index-node.ts'))
}

test('every example of the README and of other pages is marked, and has its output here', () => {
  const codeBlocks = pages.join('\n').match(/```ts\n/g) ?? []
  assert.equal(examples.size, codeBlocks.length)
  assert.deepEqual([...examples.keys()].sort(), Object.keys(expected).sort())
})

for (const [name, code] of examples) {
  test(`the example '${name}' of a page runs as it stands, and once more`, async () => {
    const logger = silentLogger
    await using server = await KafkaServer.start({ port: 0, dataFolder: 'memory:', logger })
    const folder = mkdtempSync(join(tmpdir(), 'kafka-do-readme-'))
    try {
      writeFileSync(join(folder, 'example.ts'), withSources(code))
      writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
      const env = { ...process.env, KAFKA_DO_URL: server.url, NO_COLOR: '1' }
      const options = { cwd: folder, env, timeout: 30_000 }
      const { stdout } = await run(process.execPath, ['example.ts'], options)
      assert.match(stdout, expected[name]!)
      // Who tries it out has what the first run has left behind.
      await run(process.execPath, ['example.ts'], options)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
}
