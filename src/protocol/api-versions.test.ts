import assert from 'node:assert/strict'
import { test } from 'node:test'
import { requestOf, responseOf, toHex } from '../../test/support/message-hex.ts'
import { apiVersions } from './api-versions.ts'

test('apiVersions.request is empty before version 3, which names the client', () => {
  const request = { clientSoftwareName: 'n', clientSoftwareVersion: '1' }
  assert.equal(toHex(requestOf(apiVersions), 2, request), '')
  assert.equal(toHex(requestOf(apiVersions), 3, request), '026e' + '0231' + '00')
})

test('apiVersions.response has the layouts of versions 0, 1 and 3', () => {
  const response = {
    errorCode: 35,
    apiKeys: [{ apiKey: 18, minVersion: 0, maxVersion: 4 }],
    throttleTimeMs: 7,
    finalizedFeaturesEpoch: 5,
    finalizedFeatures: [{ name: 'f', maxVersionLevel: 2, minVersionLevel: 1 }],
  }
  const versions = '0012' + '0000' + '0004'
  const v0 = '0023' + '00000001' + versions
  assert.equal(toHex(responseOf(apiVersions), 0, response), v0)
  assert.equal(toHex(responseOf(apiVersions), 1, response), v0 + '00000007')
  const epoch = '0108' + '0000000000000005'
  const features = '0208' + '02' + '0266' + '0002' + '0001' + '00'
  assert.equal(
    toHex(responseOf(apiVersions), 3, response),
    '0023' + '02' + versions + '00' + '00000007' + '02' + epoch + features,
  )
})
