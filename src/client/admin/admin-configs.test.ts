import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pass, ScriptedBroker } from '../../../test/support/scripted-broker.ts'
import { describeConfigs } from '../../protocol/describe-configs.ts'
import { incrementalAlterConfigs } from '../../protocol/incremental-alter-configs.ts'
import { metadata } from '../../protocol/metadata.ts'
import { Admin } from './admin.ts'

interface Config {
  readonly name: string
  readonly value: string | null
  readonly configSource: number
  readonly isSensitive?: boolean
}

const ofBroker = 2
const ofAll = 3
const byDefault = 5

/** Two brokers; descriptions of configs are those of `described`, one after another. */
function brokersWith(...described: Config[][]) {
  let asked = 0
  const broker = new ScriptedBroker()
    .on(metadata, () => ({
      brokers: [1, 2].map((nodeId) => ({ nodeId, host: `broker-${nodeId}`, port: 9092 })),
      controllerId: 1,
      clusterId: 'scripted',
      topics: [],
    }))
    .on(incrementalAlterConfigs, ({ resources }) => ({
      responses: resources.map((resource) => ({ errorCode: 0, ...resource })),
    }))
    .on(describeConfigs, ({ resources }) => {
      const configs = described[Math.min(asked++, described.length - 1)]!
      return { results: resources.map((resource) => ({ errorCode: 0, ...resource, configs })) }
    })
  return { broker, admin: new Admin(broker.cluster()), asked: () => asked }
}

test('alterConfigs() asks the broker itself, and waits until it has done it', async () => {
  const name = 'log.retention.ms'
  const { broker, admin, asked } = brokersWith(
    [{ name, value: '5', configSource: ofBroker }],
    [{ name, value: '7', configSource: byDefault }],
  )
  await pass(broker, admin.alterConfigs({ type: 'broker', name: '2' }, { [name]: null }))
  assert.equal(asked(), 2)
  assert.deepEqual(broker.dialled.slice(1), ['broker-2:9092', 'broker-2:9092'])
  const [request] = broker.requests(incrementalAlterConfigs)
  assert.deepEqual(request!.resources, [
    { resourceType: 4, resourceName: '2', configs: [{ name, configOperation: 1, value: null }] },
  ])
})

test('alterConfigs() of all brokers waits until each of them knows', async () => {
  const name = 'log.retention.ms'
  const known = [{ name, value: '5', configSource: ofAll }]
  const { broker, admin, asked } = brokersWith(known, [], known)
  await pass(broker, admin.alterConfigs({ type: 'broker' }, { [name]: 5 }))
  assert.equal(asked(), 4)
})

test('alterConfigs() leaves alone what is undefined', async () => {
  const { broker, admin } = brokersWith([{ name: 'a', value: '5', configSource: ofBroker }])
  const changes = { a: 5, b: undefined } as never
  await pass(broker, admin.alterConfigs({ type: 'broker', name: '1' }, changes))
  const [request] = broker.requests(incrementalAlterConfigs)
  const configs = [{ name: 'a', configOperation: 0, value: '5' }]
  assert.deepEqual(request!.resources[0]!.configs, configs)
})

test('alterConfigs() does not wait to be told a secret', async () => {
  const name = 'ssl.keystore.password'
  const secret = { name, value: null, configSource: ofBroker, isSensitive: true }
  const { broker, admin, asked } = brokersWith([secret])
  await pass(broker, admin.alterConfigs({ type: 'broker', name: '1' }, { [name]: 'secret' }))
  assert.equal(asked(), 1)
})

test('describeConfigs() takes a source of later versions for unknown', async () => {
  const { broker, admin } = brokersWith([{ name: 'x', value: '1', configSource: 99 }])
  const [found] = await pass(broker, admin.describeConfigs({ type: 'broker', name: '1' }))
  assert.equal(found!.source, 'UNKNOWN_CONFIG')
})
