import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TokenBucket } from './token-bucket.ts'

test('a new bucket holds what eleven seconds bring', () => {
  const bucket = new TokenBucket()
  bucket.take(55, 5, 1000)
  assert.equal(bucket.throttleMs(5, 1000), 0)
  bucket.take(1, 5, 1000)
  assert.equal(bucket.throttleMs(5, 1000), 200)
})

test('an overdrawn bucket is full enough again once as much has come', () => {
  const bucket = new TokenBucket()
  bucket.take(115, 5, 0)
  assert.equal(bucket.throttleMs(5, 0), 12_000)
  assert.equal(bucket.throttleMs(5, 11_000), 1000)
  assert.equal(bucket.throttleMs(5, 12_000), 0)
  assert.equal(bucket.isIdle(5, 12_000), false)
  assert.equal(bucket.isIdle(5, 23_000), true)
})

test('a bucket follows a limit that is changed', () => {
  const bucket = new TokenBucket()
  bucket.take(0, 100, 0)
  bucket.take(12, 1, 0)
  assert.equal(bucket.throttleMs(1, 0), 1000)
})
