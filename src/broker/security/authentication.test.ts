import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { BrokerHarness, settle } from '../../../test/support/broker-harness.ts'
import { finalMessage, SaslClient, setPassword } from '../../../test/support/sasl-client.ts'
import type { BrokerOptions } from '../broker-options.ts'
import { apiVersions } from '../../protocol/api-versions.ts'
import { describeUserScramCredentials } from '../../protocol/describe-user-scram-credentials.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { metadata } from '../../protocol/metadata.ts'
import { produce } from '../../protocol/produce.ts'
import { saslAuthenticate } from '../../protocol/sasl-authenticate.ts'
import { saslHandshake } from '../../protocol/sasl-handshake.ts'

const root = { name: 'root', isCurrent: () => true }
let harness: BrokerHarness

/** Opens a broker that knows ann, whose password is `secret`, by both mechanisms. */
async function open(options: BrokerOptions = {}): Promise<void> {
  harness = new BrokerHarness({
    broker: { authentication: 'required', superUsers: ['root', 'ann', 'bob'], ...options },
  })
  const admin = new SaslClient(harness, { user: root })
  await setPassword(admin, 'ann', 'secret')
  await setPassword(admin, 'ann', 'secret', 'SCRAM-SHA-512')
  await setPassword(admin, 'bob', 'hidden')
}
beforeEach(() => open())

const client = (): SaslClient => new SaslClient(harness)
const names = { clientSoftwareName: 'test', clientSoftwareVersion: '1' }
const invalid = (mechanism: string): string =>
  'Authentication failed during authentication due to invalid credentials ' +
  `with SASL mechanism ${mechanism}`

/**
 * What a client may send, and how the broker takes it: `ok`, the name of an error, or `close`
 * where it says nothing.
 */
const steps: Readonly<Record<string, (client: SaslClient) => Promise<{ errorCode: number }>>> = {
  versions: (it) => it.request(apiVersions, 3, names),
  'versions of a bad client': (it) =>
    it.request(apiVersions, 3, { ...names, clientSoftwareName: '' }),
  plain: (it) => it.handshake('PLAIN'),
  'plain v0': (it) => it.handshake('PLAIN', 0),
  scram: (it) => it.handshake('SCRAM-SHA-256'),
  gssapi: (it) => it.handshake('GSSAPI'),
  password: (it) => it.token('\0ann\0secret'),
  'wrong password': (it) => it.token('\0ann\0guess'),
  'first message': (it) => it.token('n,,n=ann,r=abc'),
  'bare password': (it) => it.bare(utf8('\0ann\0secret')).then(() => ({ errorCode: 0 })),
  'bare wrong password': (it) =>
    it.patiently(it.bare(utf8('\0ann\0guess'))).then(() => ({ errorCode: 0 })),
  metadata: async (it) => ({ ...(await it.request(metadata, 9, { topics: [] })), errorCode: 0 }),
  produce: async (it) => {
    await it.request(produce, 9, { acks: -1, timeoutMs: 1, topicData: [] })
    return { errorCode: 0 }
  },
}

async function outcomeOf(it: SaslClient, step: string): Promise<string> {
  try {
    const { errorCode } = await it.patiently(steps[step]!(it))
    return Object.entries(errorCodes).find(([, code]) => code === errorCode)![0]
  } catch (error) {
    assert.equal((error as Error).name, 'RefusedRequestError', (error as Error).stack)
    return 'close'
  }
}

const orders: readonly { mode: 'none' | 'required'; steps: string; ends: string; open: boolean }[] =
  [
    ['required', 'versions, plain, password, metadata', 'NONE, NONE, NONE, NONE', true],
    ['required', 'plain, password, metadata, versions', 'NONE, NONE, NONE, NONE', true],
    ['required', 'versions of a bad client, versions, plain', 'INVALID_REQUEST, NONE, NONE', true],
    ['required', 'versions, versions', 'NONE, close', true],
    ['required', 'metadata', 'close', true],
    ['required', 'produce', 'close', true],
    ['required', 'password', 'close', true],
    ['required', 'versions, metadata', 'NONE, close', true],
    ['required', 'versions, password', 'NONE, close', true],
    ['required', 'plain, metadata', 'NONE, close', true],
    ['required', 'plain, produce', 'NONE, close', true],
    ['required', 'plain, versions', 'NONE, ILLEGAL_SASL_STATE', false],
    ['required', 'plain, plain', 'NONE, ILLEGAL_SASL_STATE', false],
    ['required', 'plain, plain, password', 'NONE, ILLEGAL_SASL_STATE, close', false],
    ['required', 'plain, wrong password', 'NONE, SASL_AUTHENTICATION_FAILED', false],
    [
      'required',
      'plain, wrong password, password',
      'NONE, SASL_AUTHENTICATION_FAILED, close',
      false,
    ],
    ['required', 'plain, wrong password, plain', 'NONE, SASL_AUTHENTICATION_FAILED, close', false],
    ['required', 'gssapi', 'UNSUPPORTED_SASL_MECHANISM', false],
    ['required', 'gssapi, plain', 'UNSUPPORTED_SASL_MECHANISM, close', false],
    ['required', 'plain, first message', 'NONE, SASL_AUTHENTICATION_FAILED', false],
    ['required', 'scram, password', 'NONE, SASL_AUTHENTICATION_FAILED', false],
    ['required', 'scram, first message, metadata', 'NONE, NONE, close', true],
    [
      'required',
      'scram, first message, first message',
      'NONE, NONE, SASL_AUTHENTICATION_FAILED',
      false,
    ],
    ['required', 'plain, password, password', 'NONE, NONE, ILLEGAL_SASL_STATE', true],
    ['required', 'plain, password, plain, metadata', 'NONE, NONE, ILLEGAL_SASL_STATE, NONE', true],
    ['required', 'plain v0, bare password, metadata', 'NONE, NONE, NONE', true],
    ['required', 'plain v0, bare wrong password', 'NONE, close', false],
    ['required', 'plain v0, password', 'NONE, close', false],
    ['required', 'plain v0, metadata', 'NONE, close', false],
    ['none', 'metadata, versions, versions', 'NONE, NONE, NONE', true],
    ['none', 'password, metadata', 'ILLEGAL_SASL_STATE, NONE', true],
    ['none', 'metadata, plain, password, metadata', 'NONE, NONE, NONE, NONE', true],
    ['none', 'plain, metadata', 'NONE, close', true],
    ['none', 'plain, wrong password, metadata', 'NONE, SASL_AUTHENTICATION_FAILED, close', false],
    ['none', 'gssapi, metadata', 'UNSUPPORTED_SASL_MECHANISM, close', false],
  ].map(([mode, list, ends, open]) => {
    return { mode, steps: list, ends, open } as (typeof orders)[number]
  })

for (const { mode, steps: list, ends, open: staysOpen } of orders) {
  test(`with '${mode}', ${list}: ${ends}`, async () => {
    await open({ authentication: mode })
    const it = client()
    const outcomes: string[] = []
    for (const step of list.split(', ')) outcomes.push(await outcomeOf(it, step))
    assert.equal(outcomes.join(', '), ends)
    assert.equal(it.ended === undefined, staysOpen, it.ended)
  })
}

test('a mechanism that is not offered is answered with those that are', async () => {
  const it = client()
  const { mechanisms } = await it.patiently(it.handshake('GSSAPI'))
  assert.deepEqual(mechanisms, ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'])
})

test('PLAIN is not offered where others can read along, unless that is allowed', async () => {
  const far = (): SaslClient => new SaslClient(harness, { isPrivate: false })
  const refused = await far().patiently(far().handshake('PLAIN'))
  assert.equal(refused.errorCode, errorCodes.UNSUPPORTED_SASL_MECHANISM)
  assert.deepEqual(refused.mechanisms, ['SCRAM-SHA-256', 'SCRAM-SHA-512'])
  assert.equal((await far().scram('ann', 'secret')).errorCode, 0)
  await open({ allowPlaintextAuth: true })
  assert.equal((await far().plain('ann', 'secret')).errorCode, 0)
})

test('who has authenticated may send larger messages from then on', async () => {
  const it = client()
  await it.handshake('PLAIN')
  assert.equal(it.isKnown, false)
  await it.token('\0ann\0secret')
  assert.equal(it.isKnown, true)
})

test('PLAIN tokens that are hostile are refused, in the words of Kafka', async () => {
  const wrong = 'Authentication failed: Invalid username or password'
  const cases: readonly [string, string][] = [
    ['', 'Invalid SASL/PLAIN response: expected 3 tokens, got 1'],
    ['ann', 'Invalid SASL/PLAIN response: expected 3 tokens, got 1'],
    ['\0ann\0secret\0', 'Invalid SASL/PLAIN response: expected 3 tokens, got 4'],
    ['\0\0secret', 'Authentication failed: username not specified'],
    ['\0ann\0', 'Authentication failed: password not specified'],
    ['\0ann\0Secret', wrong],
    ['\0ann\0secret ', wrong],
    ['\0Ann\0secret', wrong],
    ['\0nobody\0secret', wrong],
    [`\0ann\0${'x'.repeat(500_000)}`, wrong],
    [`\0${'x'.repeat(500_000)}\0secret`, wrong],
    [
      'bob\0ann\0secret',
      'Authentication failed: Client requested an authorization id that is different from username',
    ],
  ]
  for (const [token, message] of cases) {
    const it = client()
    await it.handshake('PLAIN')
    const { errorCode, errorMessage } = await it.token(token)
    assert.deepEqual(
      [errorCode, errorMessage],
      [errorCodes.SASL_AUTHENTICATION_FAILED, message],
      JSON.stringify(token.slice(0, 50)),
    )
    assert.match(it.ended!, /authentication failed/)
  }
  const same = client()
  await same.handshake('PLAIN')
  assert.equal((await same.token('ann\0ann\0secret')).errorCode, 0)
})

test('SCRAM lets in who knows the password, and nobody else', async () => {
  for (const mechanism of ['SCRAM-SHA-256', 'SCRAM-SHA-512'] as const) {
    assert.equal((await client().scram('ann', 'secret', { mechanism })).errorCode, 0)
    for (const [user, password] of [
      ['ann', 'guess'],
      ['nobody', 'secret'],
    ] as const) {
      const { errorCode, errorMessage } = await client().scram(user, password, { mechanism })
      assert.equal(errorCode, errorCodes.SASL_AUTHENTICATION_FAILED)
      assert.equal(errorMessage, invalid(mechanism))
    }
  }
  // Bob has a credential of one mechanism only.
  assert.equal((await client().scram('bob', 'hidden')).errorCode, 0)
  const other = await client().scram('bob', 'hidden', { mechanism: 'SCRAM-SHA-512' })
  assert.equal(other.errorCode, errorCodes.SASL_AUTHENTICATION_FAILED)
})

test('SCRAM messages that are hostile are refused', async () => {
  const finals: readonly [string, (final: string) => string][] = [
    ['another nonce', (final) => final.replace(/r=abc/, 'r=abd')],
    [
      'a nonce that ends as ours, and is not what was signed',
      (final) => final.replace(/r=abc/, 'r=xxabc'),
    ],
    ['the nonce of the client alone', (final) => final.replace(/r=[^,]+/, 'r=abc')],
    ['another channel binding', (final) => final.replace('c=biws', 'c=eSws')],
    ['no proof', (final) => final.replace(/,p=.*/, '')],
    ['an empty proof', (final) => final.replace(/,p=.*/, ',p=')],
    ['a short proof', (final) => final.replace(/,p=.*/, ',p=AAAA')],
    ['a proof of zeros', (final) => final.replace(/,p=.*/, `,p=${'A'.repeat(43)}=`)],
    ['nothing', () => ''],
    ['the first message once more', () => 'n,,n=ann,r=abc'],
  ]
  for (const [what, change] of finals) {
    const { errorCode, errorMessage } = await client().scram('ann', 'secret', { change })
    assert.equal(errorCode, errorCodes.SASL_AUTHENTICATION_FAILED, what)
    assert.equal(errorMessage, invalid('SCRAM-SHA-256'), what)
  }
  for (const first of ['', 'p=tls-unique,,n=ann,r=abc', 'n,,n=a=n,r=abc', 'n,,m=x,n=ann,r=a']) {
    const it = client()
    await it.handshake('SCRAM-SHA-256')
    assert.equal((await it.token(first)).errorMessage, invalid('SCRAM-SHA-256'), first)
  }
  const it = client()
  await it.handshake('SCRAM-SHA-256')
  assert.match((await it.token('n,a=bob,n=ann,r=abc')).errorMessage!, /authorization id/)
})

test('a nonce that is the own one and then ours is taken, as librdkafka 2.0 sends it', async () => {
  const it = client()
  await it.handshake('SCRAM-SHA-256')
  const first = await it.token('n,,n=ann,r=abc')
  const serverFirst = new TextDecoder().decode(first.authBytes)
  const facts = { mechanism: 'SCRAM-SHA-256', password: 'secret', bare: 'n=ann,r=abc' } as const
  const final = await finalMessage({ ...facts, serverFirst, nonceBefore: 'abc' })
  assert.match(final, /r=abcabc/)
  assert.equal((await it.token(final)).errorCode, 0)
})

test('a final message is good for one exchange, in which it ends it', async () => {
  const it = client()
  await it.handshake('SCRAM-SHA-256')
  const first = await it.token('n,,n=ann,r=abc')
  const final = await finalMessage({
    mechanism: 'SCRAM-SHA-256',
    password: 'secret',
    bare: 'n=ann,r=abc',
    serverFirst: new TextDecoder().decode(first.authBytes),
  })
  assert.equal((await it.token(final)).errorCode, 0)
  assert.equal((await it.token(final)).errorCode, errorCodes.ILLEGAL_SASL_STATE)
  const replayed = client()
  await replayed.handshake('SCRAM-SHA-256')
  await replayed.token('n,,n=ann,r=abc')
  assert.equal((await replayed.token(final)).errorCode, errorCodes.SASL_AUTHENTICATION_FAILED)
})

test('a user that there is not gets a challenge like any other, the same each time', async () => {
  const challenge = async (user: string): Promise<string> => {
    const it = client()
    await it.handshake('SCRAM-SHA-256')
    return new TextDecoder().decode((await it.token(`n,,n=${user},r=abc`)).authBytes)
  }
  const saltOf = (text: string): string => /,s=([^,]+),i=4096$/.exec(text)![1]!
  const first = await challenge('nobody')
  assert.equal(saltOf(await challenge('nobody')), saltOf(first))
  assert.notEqual(saltOf(await challenge('somebody')), saltOf(first))
  assert.notEqual(await challenge('nobody'), first)
})

test('who fails waits for the answer, as long whatever was wrong', async () => {
  for (const token of ['\0ann\0guess', '\0nobody\0guess', 'nonsense']) {
    const it = client()
    await it.handshake('PLAIN')
    let isAnswered = false
    const body = { authBytes: utf8(token) }
    const answer = it.request(saslAuthenticate, 2, body).then(() => (isAnswered = true))
    const waiting = harness.clock.waitingCount
    while (harness.clock.waitingCount === waiting) await settle()
    harness.clock.advance(99)
    await settle()
    assert.equal(isAnswered, false, token)
    harness.clock.advance(1)
    await answer
  }
})

test('who goes away while it waits for a refusal leaves no timer behind', async () => {
  const it = client()
  await it.handshake('PLAIN')
  const before = harness.clock.waitingCount
  const answer = it.request(saslAuthenticate, 2, { authBytes: utf8('nonsense') })
  while (harness.clock.waitingCount === before) await settle()
  it.close()
  await answer
  assert.equal(harness.clock.waitingCount, before)
})

test('nothing may come while a token is being looked at', async () => {
  const it = client()
  await it.handshake('PLAIN', 0)
  const answer = it.bare(utf8('\0ann\0secret'))
  await assert.rejects(async () => it.bare(utf8('\0ann\0secret')), { name: 'RefusedRequestError' })
  assert.equal((await answer)?.length, 0)
})

test('a session ends, and can be renewed as whoever it was, by the same mechanism', async () => {
  await open({ maxReauthMs: 10_000 })
  const it = client()
  const answer = await it.plain('ann', 'secret')
  assert.equal(answer.sessionLifetimeMs, 10_000)
  harness.clock.advance(9000)
  assert.equal((await it.plain('ann', 'secret')).errorCode, 0)
  harness.clock.advance(9000)
  assert.equal(await outcomeOf(it, 'metadata'), 'NONE')
  // Not twice in a second.
  assert.equal(await outcomeOf(it, 'plain'), 'NONE')
  assert.equal(await outcomeOf(it, 'password'), 'NONE')
  assert.equal(await outcomeOf(it, 'plain'), 'ILLEGAL_SASL_STATE')
  harness.clock.advance(10_001)
  assert.equal(await outcomeOf(it, 'metadata'), 'close')
  assert.equal((await it.plain('ann', 'secret')).errorCode, 0)
  assert.equal(await outcomeOf(it, 'metadata'), 'NONE')
})

test('a session does not change its user or mechanism when it is renewed', async () => {
  await open({ maxReauthMs: 10_000 })
  const changed = client()
  await changed.plain('ann', 'secret')
  harness.clock.advance(2000)
  const other = await changed.plain('bob', 'hidden')
  assert.equal(other.errorCode, errorCodes.SASL_AUTHENTICATION_FAILED)
  assert.match(other.errorMessage!, /Cannot change principals .* from User\.ann: User\.bob/)
  assert.match(changed.ended!, /user has changed/)
  const it = client()
  await it.plain('ann', 'secret')
  harness.clock.advance(2000)
  assert.equal(await outcomeOf(it, 'scram'), 'NONE')
  const refused = await it.token('n,,n=ann,r=abc')
  assert.match(refused.errorMessage!, /'SCRAM-SHA-256' .* re-authentication of mechanism 'PLAIN'/)
  assert.match(it.ended!, /re-authentication/)
})

test('the lifetime of a session is told from version 1 on, and 0 where there is none', async () => {
  const it = client()
  await it.handshake('PLAIN')
  assert.equal((await it.token('\0ann\0secret', 1)).sessionLifetimeMs, 0)
})

test('a connection whose user is known from the start need not say it again', async () => {
  const it = new SaslClient(harness, { user: root })
  assert.equal(await outcomeOf(it, 'metadata'), 'NONE')
  const outdated = new SaslClient(harness, { user: { name: 'root', isCurrent: () => false } })
  assert.equal(await outcomeOf(outdated, 'metadata'), 'close')
})

test('userOf() knows whose password it is, until it is another', async () => {
  const { broker } = harness
  const user = await broker.userOf('ann', 'secret')
  assert.equal(user?.name, 'ann')
  assert.equal(await client().patiently(broker.userOf('ann', 'guess')), undefined)
  const admin = new SaslClient(harness, { user: root })
  await setPassword(admin, 'ann', 'other')
  assert.equal(user.isCurrent(), false)
  // The credential of the other mechanism is still the old one.
  assert.equal((await broker.userOf('ann', 'secret'))?.name, 'ann')
  const { results } = await admin.request(describeUserScramCredentials, 0, {})
  assert.equal(results.length, 2)
})

test('SaslHandshake and SaslAuthenticate are offered to whoever asks', async () => {
  const { apiKeys } = await client().request(apiVersions, 3, names)
  const ranges = [saslHandshake, saslAuthenticate].map(({ key }) => {
    return apiKeys.find(({ apiKey }) => apiKey === key)
  })
  assert.deepEqual(
    ranges.map((range) => [range?.minVersion, range?.maxVersion]),
    [
      [0, 1],
      [0, 2],
    ],
  )
})

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
