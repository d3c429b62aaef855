import assert from 'node:assert/strict'
import { test } from 'node:test'
import { consumerGroupHeartbeat } from '../../protocol/consumer-group-heartbeat.ts'
import { describeConfigs } from '../../protocol/describe-configs.ts'
import { incrementalAlterConfigs } from '../../protocol/incremental-alter-configs.ts'
import { listConfigResources } from '../../protocol/list-config-resources.ts'
import { BrokerHarness, batchOf } from '../../../test/support/broker-harness.ts'
import { resourceTypes } from './resource-configs.ts'

type Change = readonly ['set' | 'delete' | 'append' | 'subtract', string, string | null]

/** Changes configs of a resource, such as `group/g`. Returns the error, `0` for none. */
async function change(
  harness: BrokerHarness,
  resource: string,
  ...changes: readonly Change[]
): Promise<string> {
  const operations = { set: 0, delete: 1, append: 2, subtract: 3 }
  const configs = changes.map(([operation, name, value]) => {
    return { name, configOperation: operations[operation], value }
  })
  const resources = [{ ...resourceOf(resource), configs }]
  const { responses } = await harness.request(incrementalAlterConfigs, 1, { resources })
  const { errorCode, errorMessage } = responses[0]!
  return errorCode === 0 ? '0' : `${errorCode} ${errorMessage}`
}

async function valueOf(harness: BrokerHarness, resource: string, config: string): Promise<unknown> {
  const resources = [{ ...resourceOf(resource), configurationKeys: [config] }]
  const { results } = await harness.request(describeConfigs, 4, { resources })
  const [found] = results[0]!.configs
  return found && [found.value, found.configSource]
}

function resourceOf(text: string): { resourceType: number; resourceName: string } {
  const [type, resourceName] = text.split('/') as [keyof typeof resourceTypes, string]
  return { resourceType: resourceTypes[type], resourceName }
}

function twice<Value>(value: Value): [Value, Value] {
  return [value, value]
}

test('defaults of topics can be set for all brokers and for this one, and last', async () => {
  const harness = new BrokerHarness({ broker: { topicDefaults: { 'retention.ms': '4' } } })
  await harness.createTopic('topic')
  const retention = async () => [
    await valueOf(harness, 'topic/topic', 'retention.ms'),
    await valueOf(harness, 'broker/1', 'log.retention.ms'),
  ]
  const staticBroker = 4
  assert.deepEqual(await retention(), twice(['4', staticBroker]))
  assert.equal(await change(harness, 'broker/', ['set', 'log.retention.ms', '3']), '0')
  assert.deepEqual(await retention(), twice(['3', 3]))
  assert.equal(await change(harness, 'broker/1', ['set', 'log.retention.ms', '2']), '0')
  assert.deepEqual(await retention(), twice(['2', 2]))
  await harness.restart()
  assert.deepEqual(await retention(), twice(['2', 2]))
  assert.deepEqual(await valueOf(harness, 'broker/', 'log.retention.ms'), ['3', 3])
  assert.equal(await change(harness, 'broker/1', ['delete', 'log.retention.ms', null]), '0')
  assert.deepEqual(await retention(), twice(['3', 3]))
})

test('a default that is set holds for logs that are there, and for those that come', async () => {
  const harness = new BrokerHarness()
  await harness.createTopic('early')
  assert.equal(await change(harness, 'broker/1', ['set', 'message.max.bytes', '100']), '0')
  await harness.createTopic('late')
  for (const topic of ['early', 'late']) {
    await assert.rejects(harness.send(topic, 0, batchOf(['x'.repeat(200)])), /100/)
  }
  assert.equal(await change(harness, 'broker/1', ['delete', 'message.max.bytes', null]), '0')
  assert.equal(await harness.send('early', 0, batchOf(['x'.repeat(200)])), 0)
})

test('a list of a broker can be added to', async () => {
  const harness = new BrokerHarness()
  assert.equal(await change(harness, 'broker/1', ['append', 'log.cleanup.policy', 'compact']), '0')
  assert.deepEqual(await valueOf(harness, 'broker/1', 'log.cleanup.policy'), ['delete,compact', 2])
  const refused = await change(harness, 'broker/1', ['append', 'log.retention.ms', '1'])
  assert.match(refused, /^40 /)
})

const lags = { min: 'min.compaction.lag.ms', max: 'max.compaction.lag.ms' } as const
const brokerLags = { min: `log.cleaner.${lags.min}`, max: `log.cleaner.${lags.max}` } as const

test('a topic that is at odds with a default stops no broker', async () => {
  const harness = new BrokerHarness()
  await harness.createTopic('topic', { configs: { [lags.min]: '1000' } })
  assert.equal(await change(harness, 'broker/', ['set', brokerLags.max, '500']), '0')
  await harness.restart()
  assert.deepEqual(await valueOf(harness, 'topic/topic', lags.min), ['1000', 1])
  assert.deepEqual(await valueOf(harness, 'topic/topic', lags.max), ['500', 3])
  assert.match(await change(harness, 'topic/topic', ['set', 'retention.ms', '1']), /^40 min\.comp/)
  assert.equal(await change(harness, 'topic/topic', ['delete', lags.min, null]), '0')
})

test('configs that fit together are set together, whichever is named first', async () => {
  const harness = new BrokerHarness()
  await harness.createTopic('topic')
  const resources = [
    ['topic/topic', lags],
    ['broker/', brokerLags],
    ['broker/1', brokerLags],
  ] as const
  for (const [resource, { min, max }] of resources) {
    for (const [least, most] of [
      ['10', '50'],
      ['100', '200'],
    ] as const) {
      const sets = [
        ['set', min, least],
        ['set', max, most],
      ] as const
      assert.equal(await change(harness, resource, ...sets), '0', resource)
    }
  }
  await harness.restart()
  assert.deepEqual(await valueOf(harness, 'broker/1', brokerLags.max), ['200', 2])
})

test('what is set for all brokers has to fit what is set for this one', async () => {
  const harness = new BrokerHarness()
  assert.equal(await change(harness, 'broker/1', ['set', brokerLags.min, '100']), '0')
  assert.match(await change(harness, 'broker/', ['set', brokerLags.max, '50']), /^42 min\.comp/)
  await harness.restart()
  assert.deepEqual(await valueOf(harness, 'broker/1', brokerLags.min), ['100', 2])
})

test('what cannot be set while the broker runs is refused', async () => {
  const harness = new BrokerHarness()
  const cases = [
    ['broker/1', 'num.partitions', '2', /^42 .* dynamically: Set\(num.partitions\)/],
    ['broker/1', 'log.retention.ms', 'soon', /^42 /],
    ['broker/2', 'log.retention.ms', '1', /^42 Unexpected broker id, expected 1 or empty/],
    ['brokerLogger/1', 'root', 'LOUD', /^40 /],
    ['brokerLogger/1', 'other', 'INFO', /^40 Logger other does not exist!/],
    ['brokerLogger/1', 'root', 'INFO', /^42 /],
    ['clientMetrics/m', 'other', '1', /^42 Unknown client metrics configuration: other/],
    ['clientMetrics/m', 'interval.ms', '99', /^42 .*between 100 and 3600000/],
    ['clientMetrics/m', 'match', 'client_id', /^40 Illegal client matching pattern: client_id/],
    ['group/g', 'other', '1', /^40 Unknown group config name: other/],
    ['group/g', 'consumer.session.timeout.ms', '0', /^40 .*at least 1/],
    ['group/g', 'consumer.session.timeout.ms', '1800001', /^40 .*less than or equal to 1800000/],
    ['group/g', 'consumer.session.timeout.ms', '500', /^40 .*greater than consumer.heartbeat/],
    ['group/', 'consumer.session.timeout.ms', '5000', /^42 /],
  ] as const
  for (const [resource, name, value, expected] of cases) {
    assert.match(await change(harness, resource, ['set', name, value]), expected)
  }
  const { configResources } = await harness.request(listConfigResources, 1, {
    resourceTypes: [resourceTypes.clientMetrics, resourceTypes.group],
  })
  assert.deepEqual(configResources, [])
})

test('client metrics and groups are listed as long as they have configs', async () => {
  const harness = new BrokerHarness()
  const list = async (...types: number[]) => {
    const request = { resourceTypes: types }
    const { configResources } = await harness.request(listConfigResources, 1, request)
    return configResources.map(({ resourceName }) => resourceName)
  }
  assert.equal(await change(harness, 'clientMetrics/m', ['append', 'metrics', 'a,b']), '0')
  assert.equal(await change(harness, 'clientMetrics/m', ['subtract', 'metrics', 'b']), '0')
  assert.deepEqual(await valueOf(harness, 'clientMetrics/m', 'metrics'), ['a', 7])
  const heartbeat = 'consumer.heartbeat.interval.ms'
  assert.equal(await change(harness, 'group/g', ['set', heartbeat, '7']), '0')
  assert.deepEqual(await valueOf(harness, 'group/g', heartbeat), ['7', 8])
  await harness.restart()
  assert.deepEqual(await list(resourceTypes.clientMetrics), ['m'])
  assert.deepEqual(await list(resourceTypes.group), ['g'])
  assert.equal(await change(harness, 'group/g', ['delete', heartbeat, null]), '0')
  assert.deepEqual(await list(resourceTypes.group), [])
  assert.deepEqual(await valueOf(harness, 'group/g', heartbeat), ['500', 5])
})

test('a list is added to until it is as long as a config can be', async () => {
  const harness = new BrokerHarness()
  const append = (letter: string) =>
    change(harness, 'clientMetrics/m', ['append', 'metrics', letter.repeat(20_000)])
  assert.equal(await append('a'), '0')
  assert.match(await append('b'), /^40 Config metrics would be longer/)
  assert.deepEqual(await valueOf(harness, 'clientMetrics/m', 'metrics'), ['a'.repeat(20_000), 7])
})

test('a group of its own heartbeat and session is held to them', async () => {
  const harness = new BrokerHarness()
  await harness.createTopic('topic')
  const sets = [
    ['set', 'consumer.heartbeat.interval.ms', '70'],
    ['set', 'consumer.session.timeout.ms', '700'],
  ] as const
  assert.equal(await change(harness, 'group/g', ...sets), '0')
  const heartbeat = (groupId: string, memberId: string, memberEpoch: number) =>
    harness.request(consumerGroupHeartbeat, 1, {
      groupId,
      memberId,
      memberEpoch,
      rebalanceTimeoutMs: 1000,
      subscribedTopicNames: ['topic'],
      topicPartitions: [],
    })
  assert.equal((await heartbeat('other', 'm', 0)).heartbeatIntervalMs, 500)
  const { heartbeatIntervalMs, memberEpoch } = await heartbeat('g', 'm', 0)
  assert.equal(heartbeatIntervalMs, 70)
  harness.clock.advance(699)
  assert.equal((await heartbeat('g', 'm', memberEpoch)).errorCode, 0)
  harness.clock.advance(700)
  const unknownMember = 25
  assert.equal((await heartbeat('g', 'm', memberEpoch)).errorCode, unknownMember)
})

test('a broker whose sessions are short has configs of groups, too', async () => {
  const harness = new BrokerHarness({ broker: { groups: { maxSessionTimeoutMs: 30_000 } } })
  const [heartbeat, session] = ['consumer.heartbeat.interval.ms', 'consumer.session.timeout.ms']
  assert.deepEqual(await valueOf(harness, 'group/g', session), ['45000', 5])
  assert.equal(await change(harness, 'group/g', ['set', heartbeat, '70']), '0')
  assert.match(await change(harness, 'group/g', ['set', session, '30001']), /^40 .*30000/)
  assert.equal(await change(harness, 'group/g', ['set', session, '30000']), '0')
})

test('no config is known by the name of what all objects have', async () => {
  const harness = new BrokerHarness()
  await harness.createTopic('topic')
  for (const name of ['toString', 'constructor', '__proto__']) {
    for (const resource of ['topic/topic', 'group/g', 'clientMetrics/m', 'broker/1']) {
      for (const operation of ['set', 'append', 'delete'] as const) {
        const value = operation === 'delete' ? null : '1'
        const answer = await change(harness, resource, [operation, name, value])
        const other = await change(harness, resource, [operation, 'other', value])
        const what = `${operation} ${name} of ${resource}`
        assert.equal(answer, other.replaceAll('other', name), what)
        if (value !== null) assert.notEqual(answer, '0', what)
      }
    }
  }
})
