import assert from 'node:assert/strict'
import { test } from 'node:test'
import { whyOutdated } from './store-position.ts'

const dayMs = 24 * 60 * 60 * 1000
const checkpoint = { topicId: 'one', offset: 50, savedAtMs: 0 }
const changelog = { topicId: 'one', start: 0, end: 100, nowMs: dayMs }

test('whyOutdated() lets a store go on whose changelog has what it misses', () => {
  assert.equal(whyOutdated(undefined, changelog), undefined)
  assert.equal(whyOutdated(checkpoint, changelog), undefined)
  assert.equal(whyOutdated(checkpoint, { ...changelog, start: 50, end: 50 }), undefined)
  const old = { ...changelog, end: 50, nowMs: 30 * dayMs }
  assert.equal(whyOutdated(checkpoint, old), undefined, 'it misses nothing, however old it is')
})

test('whyOutdated() refuses a store whose changelog may lack something', () => {
  assert.match(whyOutdated(checkpoint, { ...changelog, topicId: 'two' })!, /made anew/)
  assert.match(whyOutdated(checkpoint, { ...changelog, end: 49 })!, /ends at 49, before 50/)
  assert.match(whyOutdated(checkpoint, { ...changelog, start: 51 })!, /begins at 51, after 50/)
  assert.match(whyOutdated(checkpoint, { ...changelog, nowMs: 8 * dayMs })!, /deletions/)
})
