import assert from 'node:assert/strict'
import { test } from 'node:test'
import { progressText, sizeText } from './progress.ts'

test('progressText() says how much is done, how fast, and how long it will take', () => {
  assert.equal(progressText(5e8, 2e9, 1000), '25 % of 2.0 GB, 500 MB/s, 3 s left')
  assert.equal(progressText(1e9, 1e12, 1000), '0 % of 1.0 TB, 1.0 GB/s, 16 min 39 s left')
  assert.equal(progressText(0, 0, 0), '100 % of 0 bytes, 0 bytes/s, 0 s left')
})

test('sizeText() takes the unit that needs few digits', () => {
  assert.deepEqual([0, 999, 1000, 123_456, 5e9].map(sizeText), [
    '0 bytes',
    '999 bytes',
    '1.0 kB',
    '123 kB',
    '5.0 GB',
  ])
})
