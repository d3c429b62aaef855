import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BrokerHarness } from '../../../test/support/broker-harness.ts'
import { logConfigEntries } from '../../log/log-config.ts'
import { describeConfigs } from '../../protocol/describe-configs.ts'
import { errorCodes } from '../../protocol/error-codes.ts'

async function describe(harness: BrokerHarness, resource: object, version = 4) {
  const resources = [{ resourceType: 2, resourceName: 't', ...resource }]
  const request = { resources, includeSynonyms: version > 0, includeDocumentation: version >= 3 }
  const { results } = await harness.request(describeConfigs, version, request)
  return results[0]!
}

test('describeConfigs gives every config of a topic, and where each value is from', async () => {
  const harness = new BrokerHarness({ broker: { topicDefaults: { 'segment.bytes': '2000000' } } })
  await harness.createTopic('t', { configs: { 'retention.ms': '5' } })
  const { configs } = await describe(harness, {})
  assert.equal(configs.length, logConfigEntries.size)
  const byName = new Map(configs.map((config) => [config.name, config]))
  const facts = ['retention.ms', 'segment.bytes', 'cleanup.policy'].map((name) => {
    const { value, configSource, synonyms, configType } = byName.get(name)!
    return [value, configSource, synonyms.map(({ source }) => source).join(), configType]
  })
  assert.deepEqual(facts, [
    // Kafka has this one in several units, and a default for none in particular.
    ['5', 1, '1', 5],
    ['2000000', 4, '4,5', 3],
    ['delete', 5, '5', 7],
  ])
  assert.ok(byName.get('retention.ms')!.documentation)
  const { synonyms } = byName.get('segment.bytes')!
  assert.deepEqual(
    synonyms.map(({ name }) => name),
    ['log.segment.bytes', 'log.segment.bytes'],
  )
})

test('describeConfigs gives the configs that are named; all where none is', async () => {
  const harness = new BrokerHarness()
  await harness.createTopic('t')
  const named = await describe(harness, { configurationKeys: ['retention.ms', 'nope'] })
  assert.deepEqual(
    named.configs.map(({ name }) => name),
    ['retention.ms'],
  )
  const empty = await describe(harness, { configurationKeys: [] })
  assert.equal(empty.configs.length, logConfigEntries.size)
})

test('describeConfigs in version 0 says what is a default', async () => {
  const harness = new BrokerHarness()
  await harness.createTopic('t', { configs: { 'retention.ms': '5' } })
  const { configs } = await describe(harness, { configurationKeys: ['retention.ms'] }, 0)
  assert.equal(configs[0]!.isDefault, false)
  const others = await describe(harness, { configurationKeys: ['segment.ms'] }, 0)
  assert.equal(others.configs[0]!.isDefault, true)
})

test('describeConfigs describes this broker by its number', async () => {
  const harness = new BrokerHarness({ broker: { defaultPartitions: 3 } })
  const { configs } = await describe(harness, { resourceType: 4, resourceName: '1' })
  const found = (config: string) => {
    const { value, readOnly, configSource } = configs.find(({ name }) => name === config)!
    return [value, readOnly, configSource]
  }
  assert.deepEqual(found('num.partitions'), ['3', true, 4])
  assert.deepEqual(found('group.max.size'), ['10000', true, 5])
  assert.deepEqual(found('log.retention.ms'), ['604800000', false, 5])
  assert.deepEqual((await describe(harness, { resourceType: 4, resourceName: '' })).configs, [])
})

test('describeConfigs refuses resources that are not there', async () => {
  const harness = new BrokerHarness()
  const cases: readonly [object, number][] = [
    [{ resourceName: 'other' }, errorCodes.UNKNOWN_TOPIC_OR_PARTITION],
    [{ resourceType: 4, resourceName: '2' }, errorCodes.INVALID_REQUEST],
    [{ resourceType: 8, resourceName: '2' }, errorCodes.INVALID_REQUEST],
    [{ resourceType: 16, resourceName: '' }, errorCodes.INVALID_REQUEST],
    [{ resourceType: 32, resourceName: '' }, errorCodes.INVALID_REQUEST],
    [{ resourceType: 64, resourceName: '1' }, errorCodes.INVALID_REQUEST],
  ]
  for (const [resource, expected] of cases) {
    const { errorCode, configs } = await describe(harness, resource)
    assert.deepEqual([errorCode, configs], [expected, []])
  }
})
