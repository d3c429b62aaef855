/**
 * Apache Kafka and our broker side by side: the same requests of every API in every version, valid
 * ones and others, and the answers compared. Prints a table; fails where answers differ that
 * `differences.ts` does not list, and where that lists what does not differ.
 */

import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { apis } from '../../../src/protocol/registry.ts'
import { startBoth, type BothBrokers } from '../both-brokers.ts'
import { cache } from '../toolchains.ts'
import { differencesPage, pageFile } from './differences-page.ts'
import { Script } from './script.ts'
import { Side } from './side.ts'
import { Tally } from './tally.ts'
import { classicGroupSessions } from './sessions/classic-groups.ts'
import { clusterSessions } from './sessions/cluster.ts'
import { consumerGroupSessions } from './sessions/consumer-groups.ts'
import { makeInternalTopics } from './sessions/fixtures.ts'
import { offsetSessions } from './sessions/offsets.ts'
import { produceSessions } from './sessions/produce.ts'
import { readSessions } from './sessions/read.ts'
import { securitySessions } from './sessions/security.ts'
import { topicSessions } from './sessions/topics.ts'
import { transactionSessions } from './sessions/transactions.ts'

const sessions: Readonly<Record<string, (script: Script) => Promise<void>>> = {
  ...topicSessions,
  ...produceSessions,
  ...readSessions,
  ...offsetSessions,
  ...classicGroupSessions,
  ...consumerGroupSessions,
  ...transactionSessions,
  ...clusterSessions,
  ...securitySessions,
}

/** Texts for people that differ: they are no failure, and too many for the terminal. */
const wordsFile = join(cache, 'differential-words.txt')

const heartbeatMs = 500
const properties = {
  // No session is to meet what is done now and then: else old records may go in the middle of one.
  'log.initial.task.delay.ms': '3600000',
  // Assignments are made at once, as by our broker, not once a second.
  'group.consumer.min.assignment.interval.ms': '0',
  'group.consumer.assignment.interval.ms': '0',
  'group.consumer.assignor.offload.enable': 'false',
  'group.consumer.min.heartbeat.interval.ms': String(heartbeatMs),
  'group.consumer.heartbeat.interval.ms': String(heartbeatMs),
}

const tally = new Tally()
let brokers: BothBrokers
let theirs: Side
let ours: Side

before(async () => {
  const groups = { initialRebalanceDelayMs: 0, consumerHeartbeatIntervalMs: heartbeatMs }
  brokers = await startBoth({ own: { nodeId: 1, groups, flush: 'os' }, properties })
  theirs = new Side('theirs', brokers.theirs)
  ours = new Side('ours', brokers.ours)
  await makeInternalTopics(await newScript())
})
after(async () => {
  theirs?.close()
  ours?.close()
  await brokers?.stop()
})

async function newScript(): Promise<Script> {
  const script = new Script(theirs, ours, tally)
  await script.begin()
  return script
}

for (const [name, session] of Object.entries(sessions)) {
  test(name, async () => {
    const { differentCount } = tally
    const knownCount = tally.unlisted().length
    await session(await newScript())
    // What an earlier session has come across is not told of again.
    const found = tally.unlisted().slice(knownCount)
    assert.equal(tally.differentCount, differentCount, `answers differ:\n${found.join('\n')}`)
  })
}

test('docs/differences.md is what is listed', () => {
  const page = differencesPage()
  // An option of the run would be lost on the way through the test runner.
  if (process.env['UPDATE_DOCS']) writeFileSync(pageFile, page)
  assert.equal(readFileSync(pageFile, 'utf8'), page, 'UPDATE_DOCS=1 writes it')
})

test('every API is asked in every version that both serve', async () => {
  const script = await newScript()
  const unasked = apis.filter((api) => {
    const asked = tally.versionsOf(api.name)
    return !script.versions(api).every((version) => asked.has(version))
  })
  assert.deepEqual(
    unasked.map(({ name }) => name),
    [],
  )
})

test('every listed difference is one', () => {
  process.stdout.write(tally.table())
  const words = tally.words()
  mkdirSync(cache, { recursive: true })
  writeFileSync(wordsFile, words.map((line) => `${line}\n`).join(''))
  process.stdout.write(
    `${tally.requests} requests in ${tally.steps} steps; ` +
      `${words.length} texts for people differ, in ${wordsFile}\n`,
  )
  assert.deepEqual(tally.obsolete(), [])
})
