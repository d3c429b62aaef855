import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { BrokerHarness } from '../../../test/support/broker-harness.ts'
import { SaslClient, setPassword } from '../../../test/support/sasl-client.ts'
import {
  alterUserScramCredentials,
  type AlterUserScramCredentialsRequestInput,
} from '../../protocol/alter-user-scram-credentials.ts'
import { describeUserScramCredentials } from '../../protocol/describe-user-scram-credentials.ts'
import { errorName } from '../../protocol/error-codes.ts'

let harness: BrokerHarness
let admin: SaslClient
const root = { name: 'root', isCurrent: () => true }

beforeEach(async () => {
  const broker = { authentication: 'required', superUsers: ['root', 'ann'] } as const
  harness = new BrokerHarness({ broker })
  admin = new SaslClient(harness, { user: root })
  await setPassword(admin, 'ann', 'secret')
})

const upsertion = {
  name: 'bob',
  mechanism: 1,
  iterations: 4096,
  salt: Uint8Array.of(1, 2, 3),
  saltedPassword: Uint8Array.of(4, 5, 6),
}

/** Makes changes; returns what became of each user, as `user: ERROR message`. */
async function alter(changes: AlterUserScramCredentialsRequestInput): Promise<string[]> {
  const { results } = await admin.request(alterUserScramCredentials, 0, changes)
  return results.map(({ user, errorCode, errorMessage }) => {
    return errorCode === 0 ? user : `${user}: ${errorName(errorCode)} ${errorMessage}`
  })
}

async function describe(users: readonly string[] | null): Promise<string[]> {
  const input = { users: users?.map((name) => ({ name })) ?? null }
  const { results } = await admin.request(describeUserScramCredentials, 0, input)
  return results.map(({ user, errorCode, errorMessage, credentialInfos }) => {
    const infos = credentialInfos.map((info) => `${info.mechanism}/${info.iterations}`)
    return `${user}: ${errorMessage ? `${errorName(errorCode)} ${errorMessage}` : infos.join(' ')}`
  })
}

test('credentials are set, listed and deleted', async () => {
  assert.deepEqual(await alter({ upsertions: [{ ...upsertion, iterations: 16_384 }] }), ['bob'])
  assert.deepEqual(await alter({ upsertions: [{ ...upsertion, mechanism: 2 }] }), ['bob'])
  assert.deepEqual(await describe(null), ['ann: 1/4096', 'bob: 1/16384 2/4096'])
  assert.deepEqual(await describe([]), await describe(null))
  assert.deepEqual(await describe(['bob']), ['bob: 1/16384 2/4096'])
  const deletions = [
    { name: 'bob', mechanism: 1 },
    { name: 'ann', mechanism: 1 },
  ]
  assert.deepEqual(await alter({ deletions }), ['bob', 'ann'])
  assert.deepEqual(await describe(null), ['bob: 2/4096'])
})

test('what is wrong with a change is said as Kafka says it, and the others are made', async () => {
  const outcomes = await alter({
    deletions: [
      { name: 'nobody', mechanism: 1 },
      { name: 'ann', mechanism: 2 },
      { name: '', mechanism: 1 },
    ],
    upsertions: [
      { ...upsertion, name: 'good' },
      { ...upsertion, name: 'few', iterations: 4095 },
      { ...upsertion, name: 'many', iterations: 16_385 },
      { ...upsertion, name: 'negative', iterations: -1 },
      { ...upsertion, name: 'strange', mechanism: 3 },
      { ...upsertion, name: 'zero', mechanism: 0 },
      { ...upsertion, name: 'keyless', saltedPassword: new Uint8Array() },
      { ...upsertion, name: 'twice' },
      { ...upsertion, name: 'twice', mechanism: 2 },
    ],
  })
  const missing = 'RESOURCE_NOT_FOUND Attempt to delete a user credential that does not exist'
  assert.deepEqual(outcomes, [
    `nobody: ${missing}`,
    `ann: ${missing}`,
    ': UNACCEPTABLE_CREDENTIAL Username must not be empty',
    'good',
    'few: UNACCEPTABLE_CREDENTIAL Too few iterations',
    'many: UNACCEPTABLE_CREDENTIAL Too many iterations',
    'negative: UNACCEPTABLE_CREDENTIAL Too few iterations',
    'strange: UNSUPPORTED_SASL_MECHANISM Unknown SCRAM mechanism',
    'zero: UNSUPPORTED_SASL_MECHANISM Unknown SCRAM mechanism',
    'keyless: UNACCEPTABLE_CREDENTIAL The salted password must not be empty',
    'twice: DUPLICATE_RESOURCE A user credential cannot be altered twice in the same request',
  ])
  assert.deepEqual(await describe(null), ['ann: 1/4096', 'good: 1/4096'])
})

test('a user that is deleted and set in one request stays as it was', async () => {
  const deletions = [{ name: 'ann', mechanism: 1 }]
  const [outcome] = await alter({ deletions, upsertions: [{ ...upsertion, name: 'ann' }] })
  assert.match(outcome!, /^ann: DUPLICATE_RESOURCE/)
  assert.equal((await new SaslClient(harness).plain('ann', 'secret')).errorCode, 0)
})

test('users that are asked for twice, or that there are not, are named', async () => {
  assert.deepEqual(await describe(['ann', 'nobody', 'twice', 'twice']), [
    'ann: 1/4096',
    'nobody: RESOURCE_NOT_FOUND Attempt to describe a user credential that does not exist: nobody',
    'twice: DUPLICATE_RESOURCE Cannot describe SCRAM credentials for the same user twice ' +
      'in a single request: twice',
  ])
})

test('credentials outlive a restart, and hold no password', async () => {
  await alter({ upsertions: [{ ...upsertion, mechanism: 2 }] })
  await alter({ deletions: [{ name: 'bob', mechanism: 2 }] })
  await harness.restart()
  admin = new SaslClient(harness, { user: root })
  assert.deepEqual(await describe(null), ['ann: 1/4096'])
  assert.equal((await new SaslClient(harness).plain('ann', 'secret')).errorCode, 0)
})

test('who has lost its credential is cut off at once, and nobody else', async () => {
  await setPassword(admin, 'ann', 'secret', 'SCRAM-SHA-512')
  await setPassword(admin, 'bob', 'hidden')
  const [ann, byOther, bob] = [1, 2, 3].map(() => new SaslClient(harness)) as [
    SaslClient,
    SaslClient,
    SaslClient,
  ]
  await ann.scram('ann', 'secret')
  await byOther.scram('ann', 'secret', { mechanism: 'SCRAM-SHA-512' })
  await bob.plain('bob', 'hidden')
  await setPassword(admin, 'ann', 'another')
  assert.match(ann.ended!, /credentials were changed or deleted/)
  assert.equal(byOther.ended, undefined)
  await alter({ deletions: [{ name: 'ann', mechanism: 2 }] })
  assert.match(byOther.ended!, /credentials were changed or deleted/)
  assert.equal(bob.ended, undefined)
})

test('who deletes its own credential is told so first', async () => {
  const ann = new SaslClient(harness)
  await ann.plain('ann', 'secret')
  const deletions = [{ name: 'ann', mechanism: 1 }]
  const { results } = await ann.request(alterUserScramCredentials, 0, { deletions })
  assert.equal(results[0]!.errorCode, 0)
  assert.match(ann.ended!, /credentials were changed or deleted/)
})

test('a credential that is deleted amid an exchange lets nobody in', async () => {
  const it = new SaslClient(harness)
  const change = (final: string): string => {
    void alter({ deletions: [{ name: 'ann', mechanism: 1 }] })
    return final
  }
  const { errorCode } = await it.scram('ann', 'secret', { change })
  assert.equal(errorName(errorCode), 'SASL_AUTHENTICATION_FAILED')
})
