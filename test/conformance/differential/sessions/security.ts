/** What there is none of on either broker: delegation tokens, other folders and other brokers. */

import { alterReplicaLogDirs } from '../../../../src/protocol/alter-replica-log-dirs.ts'
import { createDelegationToken } from '../../../../src/protocol/create-delegation-token.ts'
import { describeDelegationToken } from '../../../../src/protocol/describe-delegation-token.ts'
import { expireDelegationToken } from '../../../../src/protocol/expire-delegation-token.ts'
import { renewDelegationToken } from '../../../../src/protocol/renew-delegation-token.ts'
import { unregisterBroker } from '../../../../src/protocol/unregister-broker.ts'
import { updateFeatures } from '../../../../src/protocol/update-features.ts'
import type { Script } from '../script.ts'
import { makeTopic } from './fixtures.ts'

const timeoutMs = 10_000

async function tokens(script: Script): Promise<void> {
  const hmac = new Uint8Array(8)
  const renewers = [{ principalType: 'User', principalName: 'u' }]
  await script.ask(createDelegationToken, 'one', { renewers, maxLifetimeMs: -1 })
  await script.ask(renewDelegationToken, 'an unknown one', { hmac, renewPeriodMs: 1000 })
  await script.ask(expireDelegationToken, 'an unknown one', { hmac, expiryTimePeriodMs: 1000 })
  await script.ask(describeDelegationToken, 'all', { owners: null })
  await script.ask(describeDelegationToken, 'none', { owners: [] })
  await script.ask(describeDelegationToken, 'of a user', { owners: renewers })
}

async function brokers(script: Script): Promise<void> {
  await script.ask(unregisterBroker, 'an unknown broker', { brokerId: 77 })
  await script.ask(unregisterBroker, 'a negative broker', { brokerId: -1 })
  const topic = 'security.folders'
  await makeTopic(script, topic)
  for (const [name, partition] of [
    [topic, 0],
    [topic, 9],
    ['security.absent', 0],
  ] as const) {
    const dirs = [{ path: '/no/such/folder', topics: [{ name, partitions: [partition] }] }]
    await script.ask(alterReplicaLogDirs, `to no folder: ${name} ${partition}`, { dirs })
  }
  await script.ask(alterReplicaLogDirs, 'nothing', { dirs: [] })
  // Version 0 cannot only validate, so it is asked for what is refused.
  const featureUpdates = [{ feature: 'no.such', maxVersionLevel: 1 }]
  const versions = script.versions(updateFeatures, { to: 0 })
  const body = { timeoutMs, featureUpdates }
  await script.ask(updateFeatures, 'an unknown feature, in earnest', body, { versions })
}

export const securitySessions = {
  'delegation tokens': tokens,
  'other brokers and folders': brokers,
}
