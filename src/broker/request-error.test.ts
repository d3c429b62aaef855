import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BrokerHarness } from '../../test/support/broker-harness.ts'
import { FaultStorage } from '../../test/support/fault-storage.ts'
import { SaslClient } from '../../test/support/sasl-client.ts'
import { alterClientQuotas } from '../protocol/alter-client-quotas.ts'
import { alterUserScramCredentials } from '../protocol/alter-user-scram-credentials.ts'
import { createAcls } from '../protocol/create-acls.ts'
import { deleteAcls } from '../protocol/delete-acls.ts'
import { errorCodes } from '../protocol/error-codes.ts'
import { RequestError, refusalOf } from './request-error.ts'

test('refusalOf() throws what is no refusal, but a bug', () => {
  assert.throws(() => refusalOf(new TypeError('a bug')), /a bug/)
})

test('RequestError has no stack, and leaves those of others as they are', () => {
  assert.equal(new RequestError('INVALID_REQUEST', 'no').stack, 'RequestError: no')
  assert.match(new Error('yes').stack!, /request-error\.test/)
})

test('a full disk refuses what administrators change, and leaves them connected', async () => {
  const storage = new FaultStorage()
  const broker = { authentication: 'required', superUsers: ['root'] } as const
  const harness = new BrokerHarness({ storage, broker })
  const admin = new SaslClient(harness, { user: { name: 'root', isCurrent: () => true } })
  const what = { resourceType: 2, resourceName: 'orders', resourcePatternType: 3 }
  const who = { principal: 'User:ann', host: '*', operation: 3, permissionType: 3 }
  const all = { resourceTypeFilter: 1, patternTypeFilter: 1, operation: 1, permissionType: 1 }
  const filter = { ...all, resourceNameFilter: null, principalFilter: null, hostFilter: null }
  const entity = [{ entityType: 'user', entityName: 'ann' }]
  const ops = [{ key: 'producer_byte_rate', value: 5, remove: false }]
  const bytes = Uint8Array.of(1)
  const secret = { iterations: 4096, salt: bytes, saltedPassword: bytes }
  const upsertions = [{ name: 'ann', mechanism: 1, ...secret }]
  const change = async (): Promise<number[]> => {
    const creations = [{ ...what, ...who }]
    const outcomes = [
      ...(await admin.request(deleteAcls, 3, { filters: [filter] })).filterResults,
      ...(await admin.request(createAcls, 3, { creations })).results,
      ...(await admin.request(alterClientQuotas, 1, { entries: [{ entity, ops }] })).entries,
      ...(await admin.request(alterUserScramCredentials, 0, { upsertions })).results,
    ]
    return outcomes.map(({ errorCode }) => errorCode)
  }
  assert.deepEqual(await change(), [0, 0, 0, 0])
  storage.failWhen((call, _, path) => call === 'append' && path.startsWith('__cluster_metadata'))
  ops[0]!.value = 6
  who.operation = 4
  const { KAFKA_STORAGE_ERROR: refused } = errorCodes
  assert.deepEqual(await change(), [refused, refused, refused, refused])
  storage.failWhen(() => false)
  assert.deepEqual(await change(), [0, 0, 0, 0])
})
