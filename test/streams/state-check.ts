/** What applications remember, read from their changelogs and from local stores, to be compared. */

import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import type { Kafka } from '../../src/index-node.ts'
import { EntryLog } from '../../src/streams/stores/node-entry-log.ts'

/** Records that are there come faster. */
const quietMs = 2000

interface Change {
  readonly offset: number
  readonly key: string
  readonly value: string | null
}

/** What is committed in each partition of each changelog, by `topic-partition`. */
export type Changelogs = ReadonlyMap<string, readonly Change[]>

export async function readChangelogs(kafka: Kafka, application: string): Promise<Changelogs> {
  const found = new Map<string, Change[]>()
  const topics = (await kafka.admin.listTopics()).map(({ name }) => name)
  const isOwn = (name: string): boolean =>
    name.startsWith(`${application}-`) && name.endsWith('-changelog')
  for (const topic of topics.filter(isOwn)) {
    const consumer = kafka.consumer<string | null>(topic, { value: 'string' })
    for (;;) {
      // Nobody writes any more.
      const record = await Promise.race([consumer.next(), after(quietMs)])
      if (!record) break
      const { partition, offset, key, value } = record
      const place = `${topic}-${partition}`
      const changes = found.get(place) ?? []
      changes.push({ offset, key: key!, value })
      found.set(place, changes)
    }
    await consumer.close()
  }
  return found
}

/** Returns what changes come to, up to an offset. */
function stateAt(changes: readonly Change[], end: number): Map<string, string> {
  const state = new Map<string, string>()
  for (const { offset, key, value } of changes) {
    if (offset >= end) continue
    if (value === null) state.delete(key)
    else state.set(key, value)
  }
  return state
}

/**
 * Returns all that is remembered, in an order of its own. What a join keeps is told apart by its
 * records, since it numbers them as they happen to arrive.
 */
export function stateOf(changelogs: Changelogs, application: string): string[] {
  return [...changelogs]
    .flatMap(([place, changes]) => {
      const part = place.replaceAll(`${application}-`, '')
      return [...stateAt(changes, Infinity)].map(([text, value]) => {
        const [node, key] = JSON.parse(text) as [string, unknown[]]
        const isNumbered = key[0] === 'left' || key[0] === 'right'
        return JSON.stringify([part, node, isNumbered ? key[0] : key, JSON.parse(value)])
      })
    })
    .toSorted()
}

/**
 * Asserts that each local store in `folder` has what its changelog came to at its checkpoint.
 * Returns how many stores were looked at.
 */
export function checkStores(folder: string, changelogs: Changelogs): number {
  if (!existsSync(folder)) return 0
  const tasks = readdirSync(folder, { withFileTypes: true }).filter((one) => one.isDirectory())
  for (const { name } of tasks) {
    const damages: string[] = []
    const log = new EntryLog({
      folder: join(folder, name),
      secret: [1, 2],
      onDamage: (reason) => damages.push(reason),
    })
    assert.deepEqual(damages, [])
    const found = new Map<string, string>()
    log.forEach((key, value) => found.set(key, value))
    const expected = stateAt(changelogs.get(name) ?? [], log.checkpoint?.offset ?? 0)
    assert.deepEqual(sorted(found), sorted(expected), `${name} at ${log.checkpoint?.offset}`)
    log.close()
  }
  return tasks.length
}

const sorted = (map: ReadonlyMap<string, string>): string[][] =>
  [...map].toSorted(([a], [b]) => (a < b ? -1 : 1))
