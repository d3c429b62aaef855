import assert from 'node:assert/strict'
import { test } from 'node:test'
import { percentDecoded } from './percent.ts'

test('percentDecoded() decodes what is encoded, and leaves what only looks so', () => {
  assert.equal(percentDecoded('p%40ss%C3%A9'), 'p@ssé')
  assert.equal(percentDecoded('100%'), '100%')
  assert.equal(percentDecoded('100%ff'), '100%ff')
})
