import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BrokerHarness } from '../../../test/support/broker-harness.ts'
import { SaslClient, setPassword } from '../../../test/support/sasl-client.ts'
import { metadata } from '../../protocol/metadata.ts'
import { Sessions } from './session.ts'

const root = { name: 'root', isCurrent: () => true }

function open(): BrokerHarness {
  return new BrokerHarness({
    broker: { authentication: 'required', superUsers: ['root', 'ann'] },
  })
}

test('what was sent before the end is not done for who has lost its password since', async () => {
  const harness = open()
  const admin = new SaslClient(harness, { user: root })
  await setPassword(admin, 'ann', 'secret')
  const it = new SaslClient(harness)
  await it.plain('ann', 'secret')
  it.close()
  await it.request(metadata, 9, { topics: [] })
  await setPassword(admin, 'ann', 'another')
  await assert.rejects(async () => it.request(metadata, 9, { topics: [] }), {
    name: 'RefusedRequestError',
    message: 'its credentials were taken away before its turn came',
  })
})

test('who is known only after the end is kept no longer than that', () => {
  const sessions = new Sessions(true)
  const it = new SaslClient(open())
  it.close()
  sessions.identify(sessions.of(it.peer), { name: 'ann', isCurrent: () => false })
  sessions.endOutdated(new Error('kept'))
  assert.equal(it.ended, undefined)
})
