import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytes, json, string, toSerde, type StandardSchema } from './serde.ts'

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

/** A schema for `{ id: string, amount: number }` whose reading turns `amount` into cents. */
const orderSchema: StandardSchema<unknown, { id: string; cents: number }> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate(value) {
      const { id, amount } = value as { id?: unknown; amount?: unknown }
      if (typeof id === 'string' && typeof amount === 'number') {
        return { value: { id, cents: amount * 100 } }
      }
      return {
        issues: [
          { message: 'must be text', path: ['order', { key: 'id' }] },
          { message: 'is missing' },
        ],
      }
    },
  },
}

test('json writes text, and reads it back', () => {
  assert.equal(json.serialize({ a: [1, 'ü'] }), '{"a":[1,"ü"]}')
  assert.deepEqual(json.deserialize(utf8('{"a":[1,"ü"]}')), { a: [1, 'ü'] })
  assert.throws(() => json.serialize(undefined), /undefined has no JSON form/)
  assert.throws(() => json.deserialize(utf8('{')), SyntaxError)
})

test('string keeps a byte order mark', () => {
  assert.equal(string.deserialize(utf8('\ufefftext')), '\ufefftext')
  assert.throws(() => string.serialize(5 as never), /number is not a string/)
})

test('bytes gives a copy, since what it is given is a view', () => {
  const view = new Uint8Array([1, 2, 3])
  const read = bytes.deserialize(view)
  view[0] = 9
  assert.deepEqual([...read], [1, 2, 3])
  assert.throws(() => bytes.serialize({} as never), /object is not a Uint8Array/)
})

test('toSerde() takes the name of a serde, or a serde', () => {
  assert.equal(toSerde('bytes'), bytes)
  assert.equal(toSerde(json), json)
})

test('a schema validates what is written, and gives what it makes of what is read', () => {
  const serde = toSerde(orderSchema)
  const order = { id: '1', amount: 2 }
  assert.equal(serde.serialize(order), '{"id":"1","amount":2}')
  assert.deepEqual(serde.deserialize(utf8('{"id":"1","amount":2}')), { id: '1', cents: 200 })
  const message = 'order.id: must be text; is missing'
  assert.throws(() => serde.serialize({}), { message })
  assert.throws(() => serde.deserialize(utf8('{}')), { message })
})

test('a schema that takes its time is refused', () => {
  const slow: StandardSchema = {
    '~standard': { version: 1, vendor: 'test', validate: async (value) => ({ value }) },
  }
  assert.throws(() => toSerde(slow).serialize(1), /asynchronously/)
})
