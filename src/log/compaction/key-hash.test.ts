import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KeyHash } from './key-hash.ts'

function hashOf(text: string): string {
  const bytes = new TextEncoder().encode(`-${text}-`)
  const { h1, h2, h3, h4 } = new KeyHash().of(bytes, 1, bytes.length - 2)
  return [h1, h2, h3, h4].map((word) => word.toString(16).padStart(8, '0')).join('')
}

test('of() is MurmurHash3_x86_128 with seed 0', () => {
  assert.equal(hashOf(''), '0'.repeat(32))
  // As the package mmh3 of Python gives them.
  assert.equal(hashOf('hello'), '2b2444a0db91def79adb31b69adb31b6')
  assert.equal(
    hashOf('The quick brown fox jumps over the lazy dog'),
    '2f1583c3ecee2c675d7bf66ce5e91d2c',
  )
})

test('of() looks at every byte, whatever the length', () => {
  for (let length = 1; length < 40; length++) {
    const hashes = new Set([hashOf('a'.repeat(length))])
    for (let at = 0; at < length; at++) {
      hashes.add(hashOf(`${'a'.repeat(at)}b${'a'.repeat(length - at - 1)}`))
    }
    assert.equal(hashes.size, length + 1)
  }
})
