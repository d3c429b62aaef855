import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sampleEvent, sumOfIds } from './sample-events.ts'

test('sampleEvent() is 100 bytes as JSON, whatever its number', () => {
  for (const index of [0, 1, 999, 1_000, 89_999, 90_000, 1_234_567, 899_999_999]) {
    assert.equal(JSON.stringify(sampleEvent(index)).length, 100, `event ${index}`)
  }
})

test('sumOfIds() is the sum of the ids of the first events', () => {
  let sum = 0
  for (let index = 0; index < 1_000; index++) sum += sampleEvent(index).id
  assert.equal(sumOfIds(1_000), sum)
})
