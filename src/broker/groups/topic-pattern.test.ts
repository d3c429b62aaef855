import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileTopicPattern } from './topic-pattern.ts'

test('compileTopicPattern() matches whole names', () => {
  const cases: readonly [string, string, boolean][] = [
    ['orders', 'orders', true],
    ['orders', 'my-orders', false],
    ['orders', 'orders-eu', false],
    ['orders|sales', 'sales', true],
    ['orders|sales', 'sales-eu', false],
    ['(?i)orders', 'ORDERS', true],
    ['orders', 'ORDERS', false],
    ['or.*', 'orders', true],
  ]
  for (const [pattern, name, isMatch] of cases) {
    assert.equal(compileTopicPattern(pattern).test(name), isMatch, `${pattern} on ${name}`)
  }
})

test('compileTopicPattern() refuses what is no expression, and what is too long', () => {
  for (const pattern of ['(', 'a)|(b', '[', 'x'.repeat(250)]) {
    assert.throws(() => compileTopicPattern(pattern), { errorName: 'INVALID_REGULAR_EXPRESSION' })
  }
  compileTopicPattern('x'.repeat(249))
})
