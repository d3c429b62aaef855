/** Runs every program in `examples/`, and holds the table in docs/examples.md against them. */

import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Example } from '../../examples/run.ts'
import { Kafka } from '../../src/index-node.ts'
import { documented, notYet } from './documented-sections.ts'

const root = join(import.meta.dirname, '..', '..')
const folder = join(root, 'examples')
const shared = new Set(['order', 'run'])
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -'.ts'.length))
  .filter((name) => !shared.has(name))

const three = ['123', '124', '125']
/** What each returns, or what is true of that. */
const expected: Readonly<Record<string, unknown>> = {
  'quick-start': { orderId: '123', customerId: 'ann', amount: 99.99 },
  'typed-producer': /amount is not a number/,
  'async-producer': [0, 1, 2],
  'fire-and-forget': 'sent',
  'transactional-producer': ['created', 'validated'],
  'exactly-once': [{ invoiceOf: '123' }, { invoiceOf: '124' }, { invoiceOf: '125' }],
  'functional-consumer': ['123', '125'],
  'consumer-configuration': ['123', '124'],
  'consumer-from-timestamp': three,
  'batch-consumer': [99.99, 49.99, 149.99],
  'parallel-consumer': three,
  'observable-consumer': ['123', '124'],
  'topic-administration': { names: ['orders: 3'], partitions: 3, retentionMs: 2_592_000_000 },
  'consumer-groups': { ids: ['order-processor'], totalLag: 2, afterReset: 3 },
  'error-handling': 'message too large',
  'dead-letter-queue': { orderId: '124', from: 'orders' },
  retry: { attempts: 3, offset: 0 },
  'client-configuration': ['memory:', 'memory:'],
  'mock-client': { processed: ['123', '124'], invoices: 1 },
  'integration-test': '123',
  'stream-filter': ['125', 'premium'],
  'stream-windows': 5,
  'stream-join': 'order 124 by Bob',
  'stream-branches': ['123', '125', '124'],
  'stream-totals': [
    ['ann', 100],
    ['bob', 50],
    ['ann', 250],
  ],
  'stream-types': 'paid',
}

for (const name of names) {
  test(`the example '${name}' does what it says`, async () => {
    const module = (await import(join(folder, `${name}.ts`))) as { example: Example }
    await using kafka = new Kafka({ url: 'memory:' })
    const result = await module.example(kafka)
    const wanted = expected[name]
    if (wanted instanceof RegExp) assert.match(String(result), wanted)
    else if (wanted !== undefined) assert.deepEqual(result, wanted)
  })
}

test('docs/examples.md has an example for every section of the documents', () => {
  const page = readFileSync(join(root, 'docs', 'examples.md'), 'utf8')
  const rows = new Map(
    [...page.matchAll(/^\| ([^|]+) \| \[([\w-]+)\]\(\.\.\/examples\/([\w-]+)\.ts\) \|/gm)].map(
      ([, section, , name]) => [section!.trim(), name!] as const,
    ),
  )
  const missing = documented.filter((section) => !rows.has(section) && !notYet.has(section))
  assert.deepEqual(missing, [])
  const unknown = [...rows.values()].filter((name) => !names.includes(name))
  assert.deepEqual(unknown, [])
  const unused = names.filter((name) => ![...rows.values()].includes(name))
  assert.deepEqual(unused, [])
  const obsolete = [...notYet.keys()].filter((section) => rows.has(section))
  assert.deepEqual(obsolete, [])
})
