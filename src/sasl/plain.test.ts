import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readPlain, writePlain } from './plain.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

test('readPlain() gives back what writePlain() wrote', () => {
  assert.deepEqual(readPlain(writePlain({ user: 'Zoë', password: 'a:b.c' })), {
    authorizationId: '',
    user: 'Zoë',
    password: 'a:b.c',
  })
  assert.equal(readPlain(bytes('other\0user\0secret')).authorizationId, 'other')
})

test('readPlain() says what is wrong, in the words of Kafka', () => {
  const cases: readonly [string, RegExp][] = [
    ['', /expected 3 tokens, got 1/],
    ['user', /expected 3 tokens, got 1/],
    ['user\0secret', /expected 3 tokens, got 2/],
    ['\0user\0secret\0', /expected 3 tokens, got 4/],
    ['\0'.repeat(1000), /expected 3 tokens, got 4/],
    ['\0\0secret', /username not specified/],
    ['\0user\0', /password not specified/],
  ]
  for (const [text, message] of cases) {
    assert.throws(() => readPlain(bytes(text)), { name: 'PlainFormatError', message })
  }
})
