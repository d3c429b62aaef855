import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BearerTokenInput } from '../settings/kafka-options.ts'
import { askForToken, authenticateWithToken } from './authenticate-token.ts'

const ask = (token: () => BearerTokenInput | Promise<BearerTokenInput>) =>
  askForToken({ mechanism: 'OAUTHBEARER', token })

/** Shows a token to a broker that answers as `answers` say; returns what it was sent. */
async function show(token: BearerTokenInput, ...answers: string[]): Promise<string[]> {
  const seen: string[] = []
  await authenticateWithToken(await ask(() => token), async (authBytes) => {
    seen.push(new TextDecoder().decode(authBytes))
    return {
      errorCode: 0,
      errorMessage: null,
      authBytes: new TextEncoder().encode(answers.shift() ?? ''),
      sessionLifetimeMs: 5,
    }
  })
  return seen
}

test('a token is sent with its extensions, in one message', async () => {
  assert.deepEqual(await show('a.b-c_d~e+f/g=='), ['n,,\x01auth=Bearer a.b-c_d~e+f/g==\x01\x01'])
  const extensions = { logicalCluster: 'lkc-1', poolId: 'a = b' }
  assert.deepEqual(await show({ value: 'abc', extensions }), [
    'n,,\x01auth=Bearer abc\x01logicalCluster=lkc-1\x01poolId=a = b\x01\x01',
  ])
})

test('a broker that gives a reason instead of an answer has refused the token', async () => {
  await assert.rejects(show('abc', '{"status":"invalid_token"}'), {
    code: 'unauthorized',
    message: 'the broker refuses the token: {"status":"invalid_token"}',
  })
})

test('askForToken() refuses what is no token, and does not tell of it what it is', async () => {
  const refused = (token: unknown, message: RegExp) =>
    assert.rejects(
      ask(() => token as string),
      { code: 'invalid_option', message },
    )
  await refused(undefined, /'sasl.token' must be a token as in RFC 6750, not undefined/)
  await refused({}, /not undefined/)
  await refused({ value: 1 }, /not 1/)
  await refused('', /not 'a text of 0 characters'/)
  await refused('sec\x01ret', /not 'a text of 7 characters'/)
  await refused({ value: 'abc', extensions: { auth: 'x' } }, /names of letters, not 'auth'/)
  await refused({ value: 'abc', extensions: { a1: 'x' } }, /names of letters, not 'a1'/)
  await refused({ value: 'abc', extensions: { a: 'x\x01' } }, /printable ASCII/)
  const noFunction = { mechanism: 'OAUTHBEARER', token: 'abc' as never } as const
  await assert.rejects(askForToken(noFunction), { message: /a function that returns a token/ })
})

test('askForToken() fails as a connection does where the program has no token now', async () => {
  const cause = new Error('the authority is away')
  const failing = ask(() => Promise.reject(cause))
  const message = 'sasl.token has failed: the authority is away'
  await assert.rejects(failing, { code: 'disconnected', retriable: true, message, cause })
  const throwing = ask(() => {
    throw cause
  })
  await assert.rejects(throwing, { code: 'disconnected' })
})
