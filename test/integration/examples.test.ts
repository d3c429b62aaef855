/**
 * Runs every program in `examples/`, and holds the five documents that the SDK was made from against
 * them: each section has an example, and each entry of their API is in code that has run here.
 */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import type { Example } from '../../examples/run.ts'
import { renderExamples } from '../../scripts/docs/examples-page.ts'
import { Kafka } from '../../src/index-node.ts'
import { entries, languages } from './documented/entries.ts'
import { countExecutions, hasRun } from './documented/executed.ts'
import { expected, printed } from './documented/expected.ts'
import { headings, prose, sections } from './documented/sections.ts'

const root = join(import.meta.dirname, '..', '..')
const folder = join(root, 'examples')
const shared = new Set(['order', 'run'])
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -'.ts'.length))
  .filter((name) => !shared.has(name))
const sources = new Map(
  names.map((name) => [name, readFileSync(join(folder, `${name}.ts`), 'utf8')] as const),
)
const executions = await countExecutions()
const hasPassed = new Set<string>()

for (const name of names) {
  test(`the example '${name}' does what it says`, async (t) => {
    const lines: string[] = []
    const print = (...words: unknown[]): void => void lines.push(words.join(' '))
    t.mock.method(console, 'log', print)
    t.mock.method(console, 'error', print)
    const { href } = pathToFileURL(join(folder, `${name}.ts`))
    const module = (await import(href)) as { example: Example }
    let result: unknown
    {
      await using kafka = new Kafka({ url: 'memory:' })
      result = await module.example(kafka)
    }
    for (const variable of ['KAFKA_DO_URL', 'KAFKA_DO_API_KEY']) delete process.env[variable]
    assert.ok(name in expected, `what does '${name}' return?`)
    assert.deepEqual(result, expected[name])
    assert.deepEqual(lines, printed[name] ?? [])
    hasPassed.add(name)
  })
}

test('every example is a program of its own', () => {
  for (const [name, source] of sources) {
    assert.match(source, /^\/\*\* .+ \*\/\n/, `${name} does not say what it is`)
    assert.ok(source.endsWith('\nif (import.meta.main) await run(example)\n'), name)
  }
})

test('an example that is run as a program prints what it returns', async () => {
  const env = { ...process.env, KAFKA_DO_URL: 'memory:', NO_COLOR: '1' }
  const program = join(folder, 'quick-start.ts')
  const { stdout } = await promisify(execFile)(process.execPath, [program], {
    env,
    timeout: 30_000,
  })
  assert.equal(stdout, "[ '123', '124' ]\n")
})

/** What is for frameworks has to be built first, and is driven in a browser. */
const isOfShop = (example: string): boolean => example.startsWith('test/frameworks/shop/')

test('the shop is run where a change is to land', () => {
  assert.match(readFileSync(join(root, '.ci', 'run'), 'utf8'), /^npm run test:frameworks$/m)
})

test('every section of the documents has an example that has passed', () => {
  const isShown = (example = ''): boolean => hasPassed.has(example) || isOfShop(example)
  const missing = languages.flatMap((language) =>
    headings(language)
      .filter((heading) => !isShown(sections[language]![heading]) && !(heading in prose))
      .map((heading) => `${language}: ${heading}`),
  )
  assert.deepEqual(missing, [])
  for (const [file, text] of Object.values(prose)) {
    assert.ok(readFileSync(join(root, file), 'utf8').includes(text), `${file} has no '${text}'`)
  }
})

test('every entry of their API is in an example that has passed, in code that has run', async () => {
  const gaps = await executions.stop()
  const missing = entries.filter(({ example, text }) => {
    if (isOfShop(example)) return !hasRun(readFileSync(join(root, example), 'utf8'), text, [])
    if (!hasPassed.has(example)) return true
    const { href } = pathToFileURL(join(folder, `${example}.ts`))
    return !hasRun(sources.get(example)!, text, gaps.get(href)!)
  })
  assert.deepEqual(missing, [])
})

/** Headings and entries of each document: what is listed as a fact does not get fewer. */
const sizes: Readonly<Record<string, readonly number[]>> = {
  Dart: [41, 162],
  Go: [40, 148],
  Crystal: [40, 143],
  Nim: [41, 157],
  PHP: [46, 162],
}

test('no entry is listed twice, and no example is there for nothing', () => {
  for (const language of languages) {
    const listed = entries.flatMap(({ names }) => names[language]!)
    assert.deepEqual(
      listed.filter((name, index) => listed.indexOf(name) !== index),
      [],
    )
    assert.deepEqual([headings(language).length, listed.length], sizes[language], language)
  }
  const used = new Set([
    ...languages.flatMap((language) => Object.values(sections[language]!)),
    ...entries.map(({ example }) => example),
  ])
  assert.deepEqual(
    names.filter((name) => !used.has(name)),
    ['exactly-once'],
  )
})

test('docs/examples.md says so', () => {
  const page = readFileSync(join(root, 'docs', 'examples.md'), 'utf8')
  assert.equal(page, renderExamples(), "run 'npm run docs'")
})
