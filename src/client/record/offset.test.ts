import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Offset, toOffset } from './offset.ts'

test('toOffset() takes names, dates and offsets', () => {
  assert.equal(toOffset('offset', 'earliest'), Offset.earliest)
  assert.equal(toOffset('offset', 'latest'), Offset.latest)
  assert.equal(toOffset('offset', Offset.latest), Offset.latest)
  assert.equal(toOffset('offset', new Date(1234)).timestamp, 1234)
})

test('toOffset() refuses anything else, naming the option', () => {
  const expected = { code: 'invalid_option', option: 'offset' }
  assert.throws(() => toOffset('offset', 'newest' as never), expected)
  assert.throws(() => toOffset('offset', 17 as never), expected)
})

test('Offset.timestamp() refuses what is no time', () => {
  assert.throws(() => Offset.timestamp(new Date(Number.NaN)), { option: 'timestamp' })
  assert.throws(() => Offset.timestamp(-1), { option: 'timestamp' })
})

test('an Offset prints as what it stands for', () => {
  assert.equal(String(Offset.earliest), 'earliest')
  assert.equal(String(Offset.latest), 'latest')
  assert.equal(String(Offset.timestamp(0)), '1970-01-01T00:00:00.000Z')
})
