import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Meters } from './meters.ts'

test('of() gives the same meter to those who share it', () => {
  const meters = new Meters(
    () => ({}),
    () => false,
  )
  const alice = meters.of({ user: 'alice', clientId: undefined })
  assert.equal(meters.of({ user: 'alice', clientId: undefined }), alice)
  assert.notEqual(meters.of({ user: undefined, clientId: 'alice' }), alice)
  assert.notEqual(meters.of({ user: 'alice', clientId: '' }), alice)
})

test('of() never holds more than ten thousand meters, and drops idle ones first', () => {
  const meters = new Meters(
    () => ({ isIdle: false }),
    ({ isIdle }) => isIdle,
  )
  const busy = meters.of({ user: undefined, clientId: 'busy' })
  for (let index = 0; index < 9999; index++) {
    meters.of({ user: undefined, clientId: `idle-${index}` }).isIdle = true
  }
  meters.of({ user: undefined, clientId: 'one more' })
  assert.equal(meters.size, 2)
  assert.equal(meters.of({ user: undefined, clientId: 'busy' }), busy)
  for (let index = 0; index < 30_000; index++) {
    meters.of({ user: undefined, clientId: String(index) })
    assert.ok(meters.size <= 10_000)
  }
})
