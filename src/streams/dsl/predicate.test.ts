import assert from 'node:assert/strict'
import { test } from 'node:test'
import { equalitiesOf } from './predicate.ts'

const found = (text: string): string[] =>
  equalitiesOf(text).map(({ left, right }) => `${left.join('.')}=${right.join('.')}`)

const understood: readonly [text: string, ...equalities: string[]][] = [
  ['(o, c) => o.customerId === c.id', 'customerId=id'],
  ['(o,c)=>o.customerId===c.id', 'customerId=id'],
  ['(o, c) => c.id === o.customerId', 'customerId=id'],
  ['(o, c) => { return o.customerId === c.id }', 'customerId=id'],
  ['function (o, c) { return o.customerId === c.id; }', 'customerId=id'],
  ['function sameOne(o, c) { return (o.customerId === c.id) }', 'customerId=id'],
  ['(o, c) => o.customer?.id === c.id', 'customer.id=id'],
  ['(o, c) => o.a === c.b && o.c === c.d', 'a=b', 'c=d'],
  ['(o, c) => (o.a === c.b && o.amount > 10)', 'a=b'],
  ['({ customerId }, { id }) => customerId === id', 'customerId=id'],
  ['({ customerId: one }, { id: two }) => one === two', 'customerId=id'],
  ['(o, c) => o.a === c.b && (o.x || c.y)', 'a=b'],
]

for (const [text, ...equalities] of understood) {
  test(`equalitiesOf understands ${text}`, () => assert.deepEqual(found(text), equalities))
}

const refused = [
  ['==, which makes types equal', '(o, c) => o.customerId == c.id'],
  ['what may be true without it', '(o, c) => o.a === c.b || o.c === c.d'],
  ['a choice', '(o, c) => o.ok ? o.a === c.b : true'],
  ['a list, whose last part counts', '(o, c) => (o.a === c.b, true)'],
  ['a negation', '(o, c) => !(o.a === c.b)'],
  ['an inequality', '(o, c) => o.a !== c.b'],
  ['two properties of one side', '(o, c) => o.a === o.b'],
  ['a call', '(o, c) => o.a.trim() === c.b'],
  ['a free name', '(o, c) => o.a === limit'],
  ['a computed property', "(o, c) => o['a'] === c.b"],
  ['the records themselves', '(o, c) => o === c'],
  ['statements', '(o, c) => { const a = o.a; return a === c.b }'],
  ['an async function', 'async (o, c) => o.a === c.b'],
  ['a native function', 'function () { [native code] }'],
  ['one parameter', '(o) => o.a === o.b'],
  ['a default', '(o, c = {}) => o.a === c.b'],
  ['a comparison of a comparison', '(o, c) => o.a === c.b === true'],
  ['a comment', '(o, c) => o.a === c.b // && (o.x || true)'],
] as const

for (const [what, text] of refused) {
  test(`equalitiesOf does not count ${what}`, () => assert.deepEqual(found(text), []))
}
