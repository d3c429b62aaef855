import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  escapeName,
  readClientFinal,
  readClientFirst,
  readServerFirst,
  ScramFormatError,
} from './scram-messages.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

test('readClientFirst() takes a message apart, and keeps what is signed as it was sent', () => {
  assert.deepEqual(readClientFirst(bytes('n,,n=user,r=abc')), {
    gs2Header: 'n,,',
    authorizationId: '',
    user: 'user',
    nonce: 'abc',
    bare: 'n=user,r=abc',
  })
  const full = readClientFirst(bytes('y,a=a=2Cb,n=a=2Cb=3D2C,r=x~!+-,tokenauth=true'))
  assert.equal(full.gs2Header, 'y,a=a=2Cb,')
  assert.equal(full.authorizationId, 'a,b')
  assert.equal(full.user, 'a,b=2C')
  assert.equal(full.bare, 'n=a=2Cb=3D2C,r=x~!+-,tokenauth=true')
  assert.equal(readClientFirst(bytes('n,,n=Zoë,r=a')).user, 'Zoë')
})

test('readClientFirst() refuses what is no first message', () => {
  const cases = [
    '',
    'n,,',
    'n=user,r=abc',
    'n,n=user,r=abc',
    'n,,n=,r=abc',
    'n,,n=user,r=',
    'n,,r=abc,n=user',
    'n,,n=us=er,r=abc',
    'n,,n=us=2cer,r=abc',
    'n,,n=us\0er,r=abc',
    'n,,n=user,r=a,bc',
    'n,,n=user,r=a b',
    'n,,n=user,r=abc,',
    'n,,n=user,r=abc,x',
    'n,,m=ext,n=user,r=abc',
    'n,b=user,n=user,r=abc',
    'p=tls-unique,,n=user,r=abc',
    'N,,n=user,r=abc',
    'n,,n=user,r=abc\n',
    `n,,n=${'u'.repeat(5000)},r=abc`,
  ]
  for (const text of cases) {
    assert.throws(() => readClientFirst(bytes(text)), ScramFormatError, JSON.stringify(text))
  }
  const invalid = Uint8Array.of(...bytes('n,,n=us'), 0xff, ...bytes('er,r=abc'))
  assert.throws(() => readClientFirst(invalid), ScramFormatError)
})

test('readClientFinal() takes a message apart, or refuses it', () => {
  const message = readClientFinal(bytes('c=biws,r=abcdef,x=1,p=AAAA'))
  assert.deepEqual(message, {
    channelBinding: 'n,,',
    nonce: 'abcdef',
    proof: new Uint8Array(3),
    withoutProof: 'c=biws,r=abcdef,x=1',
  })
  const cases = [
    '',
    'c=biws,r=abc',
    'c=biws,p=AAAA',
    'r=abc,c=biws,p=AAAA',
    'c=biw,r=abc,p=AAAA',
    'c=biws,r=abc,p=AAA',
    'c=biws,r=abc,p=AAAA,x=1',
    'c=,r=abc,p=AAAA',
    `c=biws,r=abc,p=${'A'.repeat(8000)}`,
  ]
  for (const text of cases) {
    assert.throws(() => readClientFinal(bytes(text)), ScramFormatError, JSON.stringify(text))
  }
})

test('readServerFirst() takes a message apart, or refuses it', () => {
  const { nonce, salt, iterations } = readServerFirst(bytes('r=abc,s=AAAA,i=4096,x=y'))
  assert.deepEqual([nonce, salt.length, iterations], ['abc', 3, 4096])
  for (const text of [
    '',
    'r=abc,s=AAAA',
    'r=abc,s=A,i=1',
    'r=abc,s=AAAA,i=-1',
    'e=no',
    'm=x,r=a',
  ]) {
    assert.throws(() => readServerFirst(bytes(text)), ScramFormatError, JSON.stringify(text))
  }
})

test('escapeName() is undone by readClientFirst()', () => {
  for (const name of ['a', 'a,b', 'a=b', '=2C', ',=,=', '=3D2C']) {
    assert.equal(readClientFirst(bytes(`n,,n=${escapeName(name)},r=a`)).user, name)
  }
})
