/**
 * Topic configs, asked of Apache Kafka and of our broker in the same several hundred requests: what
 * is accepted, what refused with which error, and what is there in the end. Differences are those
 * that docs/compatibility.md names. `npm run test:format`; needs Java and Maven.
 */

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { alterConfigs } from '../../src/protocol/alter-configs.ts'
import { createTopics } from '../../src/protocol/create-topics.ts'
import { describeConfigs } from '../../src/protocol/describe-configs.ts'
import { errorName } from '../../src/protocol/error-codes.ts'
import { incrementalAlterConfigs } from '../../src/protocol/incremental-alter-configs.ts'
import { RawClient } from '../support/raw-client.ts'
import { startBoth, type BothBrokers } from './both-brokers.ts'
import { configCases, type ConfigCase } from './topic-config-cases.ts'

const topicResource = 2
const brokerResource = 4

/** What differs on purpose: a pattern of the case or config, and why. */
const excused: readonly { readonly pattern: RegExp; readonly reason: string }[] = [
  { pattern: /remote|local\.retention|internal\./, reason: 'there is no remote storage' },
  { pattern: /"operation":4/, reason: 'Kafka answers an unknown operation with an internal error' },
  { pattern: /"NaN"/, reason: 'it is no ratio' },
  { pattern: /"retention.bytes","value":"-2"/, reason: '-1 is the only way to say "no limit"' },
  { pattern: /"segment.bytes","value":"( 100 |14)"/, reason: 'Kafka takes 1 MiB and more only' },
  { pattern: /^min\.insync\.replicas /, reason: 'Kafka 4 sets it for the whole cluster' },
]

let brokers: BothBrokers
let theirs: RawClient
let ours: RawClient

before(async () => {
  brokers = await startBoth({ own: { nodeId: 1 } })
  theirs = await RawClient.connect(brokers.theirs)
  ours = await RawClient.connect(brokers.ours)
  for (const client of [theirs, ours]) {
    const topics = [{ name: 'plain', numPartitions: 1, replicationFactor: 1 }]
    await client.request(createTopics, 7, { topics, timeoutMs: 30_000 })
  }
})
after(async () => {
  theirs?.close()
  ours?.close()
  await brokers?.stop()
})

/** Has both brokers answer, and returns what they do not agree on. */
async function differencesOf(cases: readonly ConfigCase[]): Promise<string[]> {
  const found: string[] = []
  for (const one of cases) {
    const expected = await answer(theirs, one)
    const actual = await answer(ours, one)
    const text = JSON.stringify(one)
    if (expected === actual || excused.some(({ pattern }) => pattern.test(text))) continue
    found.push(`${text}: Apache Kafka says ${expected}, we say ${actual}`)
  }
  return found
}

async function answer(client: RawClient, one: ConfigCase): Promise<string> {
  const { resourceType = topicResource, resourceName = 'plain', validateOnly = false } = one
  if (one.request === 'create') {
    const topic = { name: one.resourceName!, numPartitions: 1, replicationFactor: 1 }
    const topics = [{ ...topic, configs: one.configs.map(({ name, value }) => ({ name, value })) }]
    const request = { topics, timeoutMs: 30_000, validateOnly }
    const { topics: created } = await client.request(createTopics, 7, request)
    return errorName(created[0]!.errorCode)
  }
  const resource = { resourceType, resourceName }
  if (one.request === 'alter') {
    const configs = one.configs.map(({ name, value }) => ({ name, value }))
    const resources = [{ ...resource, configs }]
    const { responses } = await client.request(alterConfigs, 2, { resources, validateOnly })
    return errorName(responses[0]!.errorCode)
  }
  const configs = one.configs.map(({ name, value, operation = 0 }) => {
    return { name, value, configOperation: operation }
  })
  const resources = [{ ...resource, configs }]
  const request = { resources, validateOnly }
  const { responses } = await client.request(incrementalAlterConfigs, 1, request)
  return errorName(responses[0]!.errorCode)
}

/** Returns all configs of a topic, a line for each. */
async function described(client: RawClient, resourceName: string): Promise<string[]> {
  const resources = [{ resourceType: topicResource, resourceName, configurationKeys: null }]
  const { results } = await client.request(describeConfigs, 4, { resources, includeSynonyms: true })
  assert.equal(results[0]!.errorCode, 0)
  return results[0]!.configs
    .map(({ name, value, readOnly, configSource, isSensitive, synonyms, configType }) => {
      const parts = { value, readOnly, configSource, isSensitive, configType }
      return `${name} ${JSON.stringify(parts)} ${JSON.stringify(synonyms)}`
    })
    .filter((line) => !excused.some(({ pattern }) => pattern.test(line)))
    .sort()
}

test('DescribeConfigs of a new topic: names, defaults, types, sources, synonyms', async () => {
  const expected = await described(theirs, 'plain')
  assert.ok(expected.length > 20)
  assert.deepEqual(await described(ours, 'plain'), expected)
})

test('each name with valid, invalid and boundary values is taken or refused alike', async () => {
  const cases = configCases()
  assert.ok(cases.length > 300, `${cases.length} cases`)
  assert.deepEqual(await differencesOf(cases), [])
})

test('DescribeConfigs after all that', async () => {
  const configs = [
    { name: 'cleanup.policy', value: 'compact,delete' },
    { name: 'retention.ms', value: '86400000' },
    { name: 'max.message.bytes', value: '2000000' },
  ]
  assert.deepEqual(await differencesOf([{ request: 'alter', configs }]), [])
  const actual = await described(ours, 'plain')
  let expected = await described(theirs, 'plain')
  // Brokers of Apache Kafka hear of a change a moment after their controller has answered.
  for (let waits = 0; waits < 50 && expected.join() !== actual.join(); waits++) {
    await delay(100)
    expected = await described(theirs, 'plain')
  }
  assert.deepEqual(actual, expected)
})

test('resources that there are not, and those of the broker', async () => {
  const cases: ConfigCase[] = []
  for (const request of ['alter', 'increment'] as const) {
    const configs = [{ name: 'retention.ms', value: '1000' }]
    cases.push({ request, resourceName: 'missing', configs })
    cases.push({ request, resourceName: '', configs })
    cases.push({ request, resourceName: 'bad name!', configs })
    cases.push({ request, resourceType: 77, configs })
    cases.push({ request, resourceType: brokerResource, resourceName: 'x', configs: [] })
    cases.push({ request, resourceType: brokerResource, resourceName: '99', configs: [] })
  }
  assert.deepEqual(await differencesOf(cases), [])
})
