import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemRandom } from '../../runtime/system-runtime.ts'
import { toBase64 } from '../../sasl/base64.ts'
import { stretch } from '../../sasl/digests.ts'
import { scramKeys, serverSignature } from '../../sasl/scram.ts'
import { authenticateWithScram } from './authenticate-scram.ts'

const salt = Uint8Array.of(1, 2, 3, 4)

interface Lies {
  readonly nonce?: (own: string) => string
  readonly iterations?: number
  /** What the broker takes for the password. */
  readonly password?: string
  readonly last?: string
}

/** Authenticates to a broker that knows the password `secret`, but for what it lies about. */
async function authenticate(lies: Lies = {}): Promise<string[]> {
  const { nonce = (own) => `${own}more`, iterations = 4096, password = 'secret' } = lies
  const seen: string[] = []
  let serverFirst = ''
  const send = async (token: Uint8Array) => {
    const text = new TextDecoder().decode(token)
    seen.push(text)
    let answer: string
    if (seen.length === 1) {
      serverFirst = `r=${nonce(text.split('r=')[1]!)},s=${toBase64(salt)},i=${iterations}`
      answer = serverFirst
    } else {
      const salted = await stretch('SHA-256', password, { salt, iterations })
      const { serverKey } = await scramKeys('SHA-256', salted)
      const authMessage = [seen[0]!.slice(3), serverFirst, text.replace(/,p=.*/, '')].join()
      answer = `v=${toBase64(await serverSignature('SHA-256', serverKey, authMessage))}`
    }
    const authBytes = new TextEncoder().encode(seen.length === 1 ? answer : (lies.last ?? answer))
    return { errorCode: 0, errorMessage: null, authBytes, sessionLifetimeMs: 5 }
  }
  const credentials = { mechanism: 'SCRAM-SHA-256', username: 'a,b=c', password: 'secret' } as const
  const answer = await authenticateWithScram(credentials, systemRandom, send)
  assert.equal(answer.sessionLifetimeMs, 5)
  return seen
}

test('the password is proven and not sent, and names are escaped', async () => {
  const [first, final] = await authenticate()
  assert.match(first!, /^n,,n=a=2Cb=3Dc,r=[\w+/]{32}$/)
  assert.match(final!, /^c=biws,r=[\w+/]{32}more,p=[\w+/]{43}=$/)
})

test('a broker that does not know the password is found out', async () => {
  const cases: readonly [Lies, RegExp][] = [
    [{ password: 'guess' }, /does not know the password/],
    [{ last: 'v=AAAA' }, /does not know the password/],
    [{ last: '' }, /does not know the password/],
    [{ last: 'e=invalid-proof' }, /does not know the password/],
    [{ nonce: () => 'another' }, /another request than ours/],
    [{ nonce: (own) => own }, /another request than ours/],
    [{ iterations: 1 }, /asks for 1 iterations/],
    [{ iterations: 999_999_999 }, /asks for 999999999 iterations/],
  ]
  for (const [lies, message] of cases) {
    await assert.rejects(authenticate(lies), { code: 'unauthorized', message })
  }
})
