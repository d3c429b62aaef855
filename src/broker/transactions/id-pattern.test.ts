import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { loadExpressions } from '../expressions.ts'
import { matchingIds } from './id-pattern.ts'

before(loadExpressions)

test('matchingIds() gives the ids that match as a whole', () => {
  const ids = ['a', 'ab', 'b']
  assert.deepEqual([...matchingIds('a.*', ids)], ['a', 'ab'])
  assert.deepEqual([...matchingIds('b', ids)], ['b'])
})

test('matchingIds() refuses what is no expression, and what would take too long', () => {
  const refusal = { errorName: 'INVALID_REGULAR_EXPRESSION' }
  assert.throws(() => matchingIds('(', ['a']), refusal)
  assert.throws(() => matchingIds('(?=a)', ['a']), refusal)
  assert.throws(() => matchingIds('a'.repeat(5000), ['a']), refusal)
  const many = Array.from({ length: 10_000 }, (_, index) => `transactional-id-${index}`)
  assert.equal(matchingIds('transactional-id-1.*', many).size, 1111)
  assert.throws(() => matchingIds('(a?b?){500}', many), refusal)
})
