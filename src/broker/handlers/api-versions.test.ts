import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BrokerHarness } from '../../../test/support/broker-harness.ts'
import { apiVersions } from '../../protocol/api-versions.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { features } from '../features.ts'

const software = { clientSoftwareName: 'kafka.do', clientSoftwareVersion: '1.0.0' }

test('apiVersions says from which to which version each API is served', async () => {
  const { apiKeys } = await new BrokerHarness().request(apiVersions, 4, software)
  const served = new Map(
    apiKeys.map(({ apiKey, minVersion, maxVersion }) => {
      return [apiKey, [minVersion, maxVersion]]
    }),
  )
  // librdkafka before 2.9 does not compress without Produce 0; kafka-go joins groups in version 1.
  assert.deepEqual(served.get(0), [0, 13])
  assert.deepEqual(served.get(1), [4, 18])
  assert.deepEqual(served.get(3), [0, 13])
  assert.deepEqual(served.get(11), [0, 9])
  assert.deepEqual(served.get(18), [0, 4])
})

test('apiVersions does not name what there is not: telemetry', async () => {
  const { apiKeys } = await new BrokerHarness().request(apiVersions, 4, software)
  const keys = new Set(apiKeys.map(({ apiKey }) => apiKey))
  for (const key of [71, 72]) assert.ok(!keys.has(key), String(key))
})

test('apiVersions tells of the group protocol of KIP-848', async () => {
  const harness = new BrokerHarness()
  const answer = await harness.request(apiVersions, 4, software)
  const group = answer.finalizedFeatures.find(({ name }) => name === 'group.version')
  assert.equal(group?.maxVersionLevel, 1)
  assert.ok(answer.supportedFeatures.some(({ name }) => name === 'group.version'))
})

test('apiVersions tells of the level of a feature as its range, as Kafka does', async () => {
  const { finalizedFeatures } = await new BrokerHarness().request(apiVersions, 4, software)
  assert.deepEqual(
    finalizedFeatures.map(({ name, minVersionLevel, maxVersionLevel }) => {
      return [name, minVersionLevel, maxVersionLevel]
    }),
    features.map(({ name, level }) => [name, level, level]),
  )
})

test('apiVersions before version 4 has no feature that starts at 0 (KAFKA-17492)', async () => {
  const { supportedFeatures } = await new BrokerHarness().request(apiVersions, 3, software)
  assert.ok(supportedFeatures.length > 0)
  assert.ok(supportedFeatures.every(({ minVersion }) => minVersion > 0))
})

test('apiVersions refuses names of clients that would break a line of a log', async () => {
  const harness = new BrokerHarness()
  for (const clientSoftwareName of ['', 'a\nb', '-a', 'ä']) {
    const request = { ...software, clientSoftwareName }
    const { errorCode } = await harness.request(apiVersions, 3, request)
    assert.equal(errorCode, errorCodes.INVALID_REQUEST, JSON.stringify(clientSoftwareName))
  }
})
