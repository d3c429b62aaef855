import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lostInJson } from './json-loss.ts'
import { structured, tag } from './structured.ts'

const encoder = new TextEncoder()

function kept(value: unknown): unknown {
  const written = structured<unknown>().serialize(value)
  return structured<unknown>().deserialize(encoder.encode(written as string))
}

test('structured() gives back what JSON has not', () => {
  const values = [
    null,
    5,
    'text',
    new Date(5),
    2n ** 70n,
    [NaN, Infinity, -Infinity],
    Uint8Array.of(0, 255),
    new Map<unknown, unknown>([[{ a: 1 }, new Set([1n])]]),
    [1, undefined, [new Date(0)]],
    { at: new Date(5), deep: { seen: new Set(['a']) } },
    { '\u0000d': 5 },
    { '\u0000d': 5, other: new Date(5) },
    {},
  ]
  for (const value of values) {
    assert.deepEqual(kept(value), value)
    assert.equal(lostInJson(tag(value)), undefined)
  }
  assert.deepEqual(kept({ a: undefined, b: 1 }), { b: 1 })
  assert.equal(
    structured<unknown>().serialize({ a: [1, 'x'] }),
    '{"a":[1,"x"]}',
    'what is JSON stays so',
  )
})

test('structured() refuses objects of other classes', () => {
  class Money {}
  assert.throws(() => structured<unknown>().serialize({ price: new Money() }), {
    message: 'there is no form for an object of the class Money',
  })
  assert.throws(() => structured<unknown>().serialize({ call() {} }), /a function/)
})
