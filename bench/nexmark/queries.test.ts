import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StreamDriver, type DrivenRecord } from '../../src/streams/stream-driver.ts'
import { keyOf, nexmarkEvents, startMs } from './events.ts'
import { queries } from './queries.ts'
import { references, worldOf, type Results } from './reference.ts'

const eventCount = 21_000
const events = nexmarkEvents(eventCount)
/** Long after the last event: every window is closed by then. */
const endMs = startMs + eventCount + 3_600_000
const lists: ReadonlySet<string> = new Set(['q0', 'q1', 'q2'])

function run(name: string): DrivenRecord[] {
  const topics = new Set<string>()
  const driver = new StreamDriver((sources) => {
    queries[name]!(
      {
        ...sources,
        stream: (topic, options) => (topics.add(topic), sources.stream(topic, options)),
        table: (topic, options) => (topics.add(topic), sources.table(topic, options)),
      },
      'results',
    )
  })
  for (const event of events) {
    const { topic, value } = event
    if (!topics.has(topic)) continue
    driver.send(topic, { key: keyOf(event), value, timestamp: value.dateTime })
  }
  driver.advance(endMs)
  return driver.take('results')
}

/** The newest result of each key; of lists, each by its place. */
function tableOf(records: readonly DrivenRecord[], isList: boolean): Results {
  const results: Results = new Map()
  records.forEach(({ key, value }, index) => {
    const id = isList ? String(index) : typeof key === 'string' ? key : JSON.stringify(key)
    if (value === undefined) results.delete(id)
    else results.set(id, inOrder(value))
  })
  return results
}

/** Which of several that are equally good comes first is of no matter. */
function inOrder(value: unknown): unknown {
  const { items } = value as { items?: unknown[] }
  if (!Array.isArray(items)) return value
  const text = (item: unknown): string => JSON.stringify(item)
  return { ...(value as object), items: items.toSorted((a, b) => (text(a) < text(b) ? -1 : 1)) }
}

function expectedOf(name: string): Results {
  const found = references[name]!(worldOf(events, endMs))
  return new Map([...found].map(([key, value]) => [key, inOrder(value)]))
}

for (const name of Object.keys(queries)) {
  test(`${name} of Nexmark gives what a computation over all events gives`, () => {
    const expected = expectedOf(name)
    assert.ok(expected.size >= 3, `there are ${expected.size} results to compare`)
    const found = tableOf(run(name), lists.has(name))
    assert.deepEqual([...found.keys()].toSorted(), [...expected.keys()].toSorted(), 'the same keys')
    for (const [key, value] of expected) assert.deepEqual(found.get(key), value, key)
  })
}
