import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytes, json, string, type Serde } from '../../client/record/serde.ts'
import { codecOf, codecOfParts, copyOf, schemaCodec, plain, serdeOfCodec } from './codec.ts'

const dates: Serde<Date> = {
  serialize: (date) => date.toISOString(),
  deserialize: (data) => new Date(new TextDecoder().decode(data)),
}

/** What comes back of a value from where it was remembered. */
function kept(codec: typeof plain, value: unknown): unknown {
  return codec.unpack(JSON.parse(JSON.stringify(codec.pack(value))))
}

test('codecOf() gives JSON as it is, and what has a serde of its own as that reads it', () => {
  for (const serde of [undefined, json, string]) assert.equal(codecOf(serde), plain)
  const data = Uint8Array.of(0, 1, 127, 128, 255)
  assert.deepEqual(kept(codecOf(bytes), data), data)
  assert.deepEqual(kept(codecOf(bytes), new Uint8Array()), new Uint8Array())
  assert.deepEqual(kept(codecOf(dates), new Date(5)), new Date(5))
  assert.deepEqual(codecOf(dates).pack(new Date(5)), '1970-01-01T00:00:00.005Z')
  const codec = codecOf(dates)
  assert.deepEqual([codec.pack(undefined), codec.pack(null)], [undefined, null])
  assert.deepEqual([codec.unpack(undefined), codec.unpack(null)], [undefined, null])
})

test('codecOfParts() packs parts of objects and lists, as far as they are there', () => {
  const parts = codecOfParts({ at: codecOf(dates), name: plain })
  assert.deepEqual(kept(parts, { at: new Date(5), name: 'x' }), { at: new Date(5), name: 'x' })
  assert.deepEqual(kept(parts, { name: 'x' }), { name: 'x' })
  const list = codecOfParts({ 0: plain, 1: codecOf(bytes) })
  assert.deepEqual(kept(list, ['x', Uint8Array.of(7)]), ['x', Uint8Array.of(7)])
  assert.equal(codecOfParts({ 0: plain, 1: plain }), plain)
})

test('schemaCodec gives back what schemas make of JSON', () => {
  for (const value of [{ name: 'x' }, 'text', [1], { at: new Date(5) }, [2n], new Set([1])]) {
    assert.deepEqual(kept(schemaCodec, value), value)
  }
  assert.deepEqual([schemaCodec.pack(null), schemaCodec.unpack(null)], [null, null])
  class Money {}
  assert.throws(() => serdeOfCodec(schemaCodec)!.serialize({ price: new Money() }), {
    message: 'JSON does not give back an object of the class Money',
  })
})

test('serdeOfCodec() writes what a codec packs as JSON', () => {
  assert.equal(serdeOfCodec(plain), undefined)
  const serde = serdeOfCodec(codecOf(dates))!
  assert.equal(serde.serialize(new Date(5)), '"1970-01-01T00:00:00.005Z"')
  const data = new TextEncoder().encode('"1970-01-01T00:00:00.005Z"')
  assert.deepEqual(serde.deserialize(data), new Date(5))
  assert.deepEqual(codecOf(serde).pack(new Date(5)), '1970-01-01T00:00:00.005Z')
})

test('copyOf() gives the same, and shares nothing that could be changed', () => {
  const parts = { list: [{ n: 1 }, null], 'a b': 'x', none: undefined, ['__proto__']: { n: 2 } }
  for (const value of [parts, [parts], Buffer.from('bytes'), Uint8Array.of(1)]) {
    for (const codec of [plain, schemaCodec]) {
      const copy = copyOf(value, codec)
      assert.deepEqual(copy, value)
      assert.notEqual(copy, value)
    }
  }
  const never = (): never => assert.fail('no codec is needed')
  assert.deepEqual(copyOf(parts, { pack: never, unpack: never }), parts)
  const dated = { at: new Date(5), of: new Map([['k', { n: 1 }]]) }
  assert.deepEqual(copyOf(dated, schemaCodec), dated)
  assert.equal(copyOf(dated, plain), dated)
  const copy = copyOf(parts, plain) as typeof parts
  assert.notEqual(copy.list[0], parts.list[0])
  assert.notEqual(copy['__proto__'], parts['__proto__'])
})
