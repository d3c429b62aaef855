import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { loadExpressions } from '../expressions.ts'
import { compileTopicPattern } from './topic-pattern.ts'

before(loadExpressions)

test('compileTopicPattern() matches whole names', () => {
  const cases: readonly [string, string, boolean][] = [
    ['orders', 'orders', true],
    ['orders', 'my-orders', false],
    ['orders', 'orders-eu', false],
    ['orders|sales', 'sales', true],
    ['orders|sales', 'sales-eu', false],
    ['a|ab', 'ab', true],
    ['or.*?', 'orders', true],
    ['^orders$', 'orders', true],
    ['(?i)orders', 'ORDERS', true],
    ['or(?i)DERS', 'orders', true],
    ['orders', 'ORDERS', false],
    ['or.*', 'orders', true],
    ['[[:alpha:]]+_\\d{2}', 'orders_12', true],
    ['\\Qa.b\\E', 'a.b', true],
    ['\\Qa.b\\E', 'axb', false],
    ['(?P<what>orders)-\\pL+', 'orders-eu', true],
  ]
  for (const [pattern, name, isMatch] of cases) {
    assert.equal(compileTopicPattern(pattern)(name), isMatch, `${pattern} on ${name}`)
  }
})

test('compileTopicPattern() refuses what is no expression of RE2', () => {
  const backtracking = ['(?=a)', '(?<=a)b', '(?!a)', '(a)\\1', 'a**', 'a{1001}', '(?>a)']
  for (const pattern of ['(', 'a)|(b', '[', '*', ...backtracking]) {
    const errorName = 'INVALID_REGULAR_EXPRESSION'
    assert.throws(() => compileTopicPattern(pattern), { errorName }, pattern)
  }
})

test('compileTopicPattern() refuses what is too long, or becomes too long', () => {
  for (const pattern of ['x'.repeat(4097), '([ab]?){1000}'.repeat(4)]) {
    assert.throws(() => compileTopicPattern(pattern), { errorName: 'INVALID_REGULAR_EXPRESSION' })
  }
  compileTopicPattern('x'.repeat(4000))
  compileTopicPattern('[ab]{1000}')
})

// JavaScript's own expressions take longer for the first of these than the universe is old.
test('compileTopicPattern() makes tests that take no longer than the name is long', () => {
  for (const pattern of ['(x+x+)+y', '(x|x)*y', '(x*)*y', '(.*)*(.*)*z']) {
    assert.equal(compileTopicPattern(pattern)('x'.repeat(249)), false)
  }
})
