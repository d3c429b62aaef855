import assert from 'node:assert/strict'
import { test } from 'node:test'
import { JsonCheck, lostInJson } from './json-loss.ts'

class Money {
  readonly cents = 1
}

test('lostInJson() says what JSON does not give back', () => {
  const kept = [
    null,
    undefined,
    'text',
    5,
    true,
    [1, [2]],
    { a: [{ b: undefined }] },
    Object.create(null),
  ]
  for (const value of kept) assert.equal(lostInJson(value), undefined)
  const lost: readonly (readonly [unknown, string])[] = [
    [5n, 'a bigint'],
    [NaN, 'NaN'],
    [{ at: { last: new Date(0) } }, 'an object of the class Date'],
    [[new Map()], 'an object of the class Map'],
    [{ seen: new Set() }, 'an object of the class Set'],
    [Uint8Array.of(1), 'an object of the class Uint8Array'],
    [new Money(), 'an object of the class Money'],
    [{ call() {} }, 'a function'],
    [['left', undefined], 'an undefined in a list'],
  ]
  for (const [value, text] of lost) assert.equal(lostInJson(value), text)
})

test('JsonCheck says at which step, and what to do; a hundred looks are enough', () => {
  const check = new JsonCheck('orders/aggregate')
  assert.throws(() => check.look('value', { seen: new Set() }), {
    name: 'TypeError',
    message:
      "'orders/aggregate' has an object of the class Set in its value, which JSON does not give " +
      'back: say `value: structured()`, or another serde, at the step that makes it',
  })
  for (let look = 0; look < 100; look++) check.look('value', {})
  check.look('value', new Set())
})
