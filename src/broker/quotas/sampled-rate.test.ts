import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SampledRate } from './sampled-rate.ts'

test('perSecond() spreads what came first over ten whole windows', () => {
  const rate = new SampledRate()
  rate.record(1000, 0)
  assert.equal(rate.perSecond(0), 100)
  assert.equal(rate.perSecond(500), 1000 / 10.5)
})

test('perSecond() forgets what is older than eleven windows', () => {
  const rate = new SampledRate()
  rate.record(1000, 0)
  rate.record(100, 1000)
  assert.equal(rate.perSecond(10_999), 1100 / 10.999)
  assert.equal(rate.perSecond(11_000), 100 / 10)
  assert.equal(rate.isIdle(11_999), false)
  assert.equal(rate.isIdle(12_000), true)
  assert.equal(rate.perSecond(12_000), 0)
  assert.equal(rate.isIdle(12_000), true)
})

// As by Kafka: a burst counts in full until its window is over.
test('throttleMs() is the time that a rate over as much more time would be the limit', () => {
  const rate = new SampledRate()
  rate.record(1500, 0)
  assert.equal(rate.throttleMs(150, 0), 0)
  assert.equal(rate.throttleMs(100, 0), 5000)
  assert.equal(rate.throttleMs(100, 5000), 5000)
  assert.equal(rate.throttleMs(100, 11_000), 0)
})

test('record() of a negative value takes back what was recorded', () => {
  const rate = new SampledRate()
  rate.record(1500, 0)
  rate.record(-1500, 0)
  assert.equal(rate.perSecond(0), 0)
})

test('a steady stream at the limit is never throttled, however long it lasts', () => {
  const rate = new SampledRate()
  for (let nowMs = 0; nowMs < 60_000; nowMs += 100) {
    rate.record(10, nowMs)
    assert.ok(rate.throttleMs(101, nowMs) <= 1000, String(nowMs))
  }
  assert.ok(Math.abs(rate.perSecond(60_000) - 100) < 2)
})
