import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BrokerHarness } from '../../../test/support/broker-harness.ts'
import { alterConfigs } from '../../protocol/alter-configs.ts'
import { describeConfigs } from '../../protocol/describe-configs.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { incrementalAlterConfigs } from '../../protocol/incremental-alter-configs.ts'

/** Returns the configs that topic `t` sets itself. */
async function setOf(harness: BrokerHarness): Promise<Record<string, string | null>> {
  const resources = [{ resourceType: 2, resourceName: 't' }]
  const { results } = await harness.request(describeConfigs, 4, { resources })
  const set = results[0]!.configs.filter(({ configSource }) => configSource === 1)
  return Object.fromEntries(set.map(({ name, value }) => [name, value]))
}

async function brokerWithTopic(configs: Record<string, string>): Promise<BrokerHarness> {
  const harness = new BrokerHarness()
  await harness.createTopic('t', { configs })
  return harness
}

async function replace(
  harness: BrokerHarness,
  configs: Record<string, string | null>,
  { resource = {}, validateOnly = false } = {},
): Promise<number> {
  const list = Object.entries(configs).map(([name, value]) => ({ name, value }))
  const resources = [{ resourceType: 2, resourceName: 't', configs: list, ...resource }]
  const { responses } = await harness.request(alterConfigs, 2, { resources, validateOnly })
  return responses[0]!.errorCode
}

const firstSegment = '00000000000000000000.log'
const operations = { set: 0, delete: 1, append: 2, subtract: 3, unknown: 9 }

async function change(
  harness: BrokerHarness,
  configs: readonly (readonly [keyof typeof operations, string, string | null])[],
  { resource = {}, validateOnly = false } = {},
): Promise<number> {
  const list = configs.map(([operation, name, value]) => {
    return { name, value, configOperation: operations[operation] }
  })
  const resources = [{ resourceType: 2, resourceName: 't', configs: list, ...resource }]
  const request = { resources, validateOnly }
  const { responses } = await harness.request(incrementalAlterConfigs, 1, request)
  return responses[0]!.errorCode
}

test('alterConfigs replaces all configs, and a restart keeps that', async () => {
  const harness = await brokerWithTopic({ 'retention.ms': '5', 'segment.ms': '6' })
  assert.equal(await replace(harness, { 'retention.ms': '7' }), errorCodes.NONE)
  assert.deepEqual(await setOf(harness), { 'retention.ms': '7' })
  await harness.restart()
  assert.deepEqual(await setOf(harness), { 'retention.ms': '7' })
})

test('incrementalAlterConfigs changes the configs that are named', async () => {
  const harness = await brokerWithTopic({ 'retention.ms': '5', 'segment.ms': '6' })
  const code = await change(harness, [
    ['set', 'max.message.bytes', '1000'],
    ['delete', 'retention.ms', null],
    ['append', 'cleanup.policy', 'compact'],
  ])
  assert.equal(code, errorCodes.NONE)
  const expected = {
    'cleanup.policy': 'delete,compact',
    'max.message.bytes': '1000',
    'segment.ms': '6',
  }
  assert.deepEqual(await setOf(harness), expected)
  await change(harness, [['subtract', 'cleanup.policy', 'delete']])
  assert.equal((await setOf(harness))['cleanup.policy'], 'compact')
})

test('both only look where nothing but validation is asked for', async () => {
  const harness = await brokerWithTopic({ 'retention.ms': '5' })
  assert.equal(await replace(harness, {}, { validateOnly: true }), errorCodes.NONE)
  const set = ['set', 'retention.ms', '9'] as const
  assert.equal(await change(harness, [[...set]], { validateOnly: true }), errorCodes.NONE)
  assert.deepEqual(await setOf(harness), { 'retention.ms': '5' })
})

test('alterConfigs refuses what is wrong, and then changes nothing', async () => {
  const harness = await brokerWithTopic({ 'retention.ms': '5' })
  const { INVALID_CONFIG, INVALID_REQUEST, UNKNOWN_TOPIC_OR_PARTITION } = errorCodes
  assert.equal(await replace(harness, { nope: '1' }), INVALID_CONFIG)
  assert.equal(await replace(harness, { 'retention.ms': 'soon' }), INVALID_CONFIG)
  assert.equal(await replace(harness, { 'retention.ms': null }), INVALID_REQUEST)
  const cases: readonly [object, number][] = [
    [{ resourceName: 'other' }, UNKNOWN_TOPIC_OR_PARTITION],
    [{ resourceName: '__consumer_offsets' }, INVALID_REQUEST],
    [{ resourceType: 4, resourceName: '2' }, INVALID_REQUEST],
    [{ resourceType: 16, resourceName: '' }, INVALID_REQUEST],
    [{ resourceType: 32, resourceName: '' }, INVALID_REQUEST],
    [{ resourceType: 64, resourceName: '1' }, INVALID_REQUEST],
  ]
  for (const [resource, expected] of cases) {
    assert.equal(await replace(harness, {}, { resource }), expected)
    assert.equal(await change(harness, [], { resource }), expected)
  }
  assert.deepEqual(await setOf(harness), { 'retention.ms': '5' })
})

test('incrementalAlterConfigs refuses what is wrong, and then changes nothing', async () => {
  const harness = await brokerWithTopic({ 'retention.ms': '5' })
  const { INVALID_CONFIG, INVALID_REQUEST } = errorCodes
  const set = ['set', 'segment.ms', '6'] as const
  const cases: readonly [readonly [keyof typeof operations, string, string | null], number][] = [
    [['set', 'retention.ms', null], INVALID_REQUEST],
    [['set', 'segment.ms', '7'], INVALID_REQUEST],
    [['unknown', 'cleanup.policy', 'compact'], INVALID_REQUEST],
    [['append', 'retention.ms', '7'], INVALID_CONFIG],
    [['append', 'cleanup.policy', 'nope'], INVALID_CONFIG],
    [['set', 'nope', '1'], INVALID_CONFIG],
    [['set', 'retention.ms', '-7'], INVALID_CONFIG],
  ]
  for (const [bad, expected] of cases) {
    assert.equal(await change(harness, [[...set], [...bad]]), expected, bad.join())
  }
  assert.deepEqual(await setOf(harness), { 'retention.ms': '5' })
})

test('MirrorMaker takes back what is unknown here, and what stays leaves no record', async () => {
  const harness = await brokerWithTopic({ 'retention.ms': '5' })
  const metadataBytes = () => harness.storage.open(`__cluster_metadata-0/${firstSegment}`).sizeBytes
  const before = metadataBytes()
  const copied = [
    ['delete', 'remote.storage.enable', 'false'],
    ['delete', 'message.downconversion.enable', 'true'],
    ['delete', 'segment.ms', '604800000'],
    ['set', 'retention.ms', '5'],
  ] as const
  assert.equal(await change(harness, copied), 0)
  assert.equal(metadataBytes(), before)
  assert.equal(await change(harness, [['set', 'retention.ms', '6']]), 0)
  assert.ok(metadataBytes() > before)
  assert.deepEqual(await setOf(harness), { 'retention.ms': '6' })
})

test('IncrementalAlterConfigs changes nothing of a resource that is named twice', async () => {
  const harness = await brokerWithTopic({ 'retention.ms': '1' })
  const resources = ['2', '3'].map((value) => ({
    resourceType: 2,
    resourceName: 't',
    configs: [{ name: 'retention.ms', configOperation: operations.set, value }],
  }))
  const { responses } = await harness.request(incrementalAlterConfigs, 1, { resources })
  const { INVALID_REQUEST } = errorCodes
  assert.deepEqual(
    responses.map(({ errorCode }) => errorCode),
    [INVALID_REQUEST, INVALID_REQUEST],
  )
  assert.deepEqual(await setOf(harness), { 'retention.ms': '1' })
})
