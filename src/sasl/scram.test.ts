import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromBase64, toBase64 } from './base64.ts'
import { isEqual, stretch } from './digests.ts'
import { clientProof, scramKeys, serverSignature, storedKeyOf } from './scram.ts'

// The example of RFC 7677, section 3.
const example = {
  hash: 'SHA-256',
  password: 'pencil',
  salt: fromBase64('W22ZaJ0SNY7soEsUEjb6gQ==')!,
  iterations: 4096,
  authMessage:
    'n=user,r=rOprNGfwEbeRWgbNEkqO,' +
    'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,' +
    'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0',
  proof: 'dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
  signature: '6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
} as const

test('the formulas give what RFC 7677 gives as an example', async () => {
  const { hash, password, authMessage } = example
  const salted = await stretch(hash, password, example)
  assert.equal(toBase64(await clientProof(hash, salted, authMessage)), example.proof)
  const { serverKey } = await scramKeys(hash, salted)
  assert.equal(toBase64(await serverSignature(hash, serverKey, authMessage)), example.signature)
})

test('storedKeyOf() gives the stored key for the right proof alone', async () => {
  const { hash, password, authMessage } = example
  const { storedKey } = await scramKeys(hash, await stretch(hash, password, example))
  const proof = fromBase64(example.proof)!
  const known = { storedKey, authMessage }
  assert.ok(isEqual(await storedKeyOf(hash, proof, known), storedKey))
  for (const index of proof.keys()) {
    const other = proof.with(index, proof[index]! ^ 1)
    assert.ok(!isEqual(await storedKeyOf(hash, other, known), storedKey), `byte ${index}`)
  }
  assert.ok(!isEqual(await storedKeyOf(hash, new Uint8Array(0), known), storedKey))
})

test('base64 is read with its padding, or not at all', () => {
  for (const text of ['', 'AA==', 'AAA=', 'AAAA', '+/+/']) {
    assert.equal(toBase64(fromBase64(text)!), text)
  }
  for (const text of ['A', 'AA', 'AA=', 'A===', 'AA==AA==', 'A A=', '-_-_', 'AAA\n']) {
    assert.equal(fromBase64(text), undefined, JSON.stringify(text))
  }
})
