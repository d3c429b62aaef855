import assert from 'node:assert/strict'
import { test } from 'node:test'
import { updateFeatures } from '../../protocol/update-features.ts'
import { BrokerHarness } from '../../../test/support/broker-harness.ts'

const upgrade = 1
const safeDowngrade = 2

async function update(
  feature: string,
  maxVersionLevel: number,
  { upgradeType = upgrade, version = 2 } = {},
): Promise<string> {
  const harness = new BrokerHarness()
  const featureUpdates = [{ feature, maxVersionLevel, upgradeType }]
  const request = { featureUpdates, validateOnly: true }
  const answer = await harness.request(updateFeatures, version, request)
  assert.equal(answer.results.length, version < 2 && answer.errorCode === 0 ? 1 : 0)
  return `${answer.errorCode} ${answer.errorMessage ?? ''}`.trim()
}

test('a feature may be set to the level that it has', async () => {
  assert.equal(await update('transaction.version', 2), '0')
  assert.equal(await update('metadata.version', 30, { version: 1 }), '0')
  assert.equal(await update('group.version', 1, { upgradeType: safeDowngrade }), '0')
})

test('a feature may not be set to another level', async () => {
  const failed = '95 The update failed for all features since the following feature had an error: '
  const refused = (feature: string, level: number) =>
    `${failed}Invalid update version ${level} for feature ${feature}. `
  const cases = [
    ['no.version', 1, upgrade, 'The broker does not support this feature.'],
    ['group.version', 2, upgrade, 'The broker only supports versions 0-1.'],
    ['group.version', -1, upgrade, 'A feature version cannot be less than 0.'],
    ['group.version', 1, 0, 'The controller does not support the given upgrade type.'],
    ['transaction.version', 1, safeDowngrade, 'This broker has no other level than 2.'],
    [
      'transaction.version',
      1,
      upgrade,
      "Can't downgrade the version of this feature without setting the upgrade type to either " +
        'safe or unsafe downgrade.',
    ],
  ] as const
  for (const [feature, level, upgradeType, why] of cases) {
    const answer = await update(feature, level, { upgradeType })
    assert.equal(answer, refused(feature, level) + why)
  }
})
