import assert from 'node:assert/strict'
import { test } from 'node:test'
import { begun, failed, nothingSent, stored } from './send-progress.ts'

const place = (offset: number) => ({ topic: 'orders', partition: 0, offset, timestamp: 0 })
const no = new Error('no')

test('an error stays until a record that was sent after it is stored', () => {
  // The second one fails at once, while the first is still on its way.
  const both = begun(begun(nothingSent))
  const second = failed(both, 2, no)
  const first = stored(second, 1, place(0))
  assert.equal(first.error, no)
  assert.deepEqual([first.lastSent?.offset, first.pendingCount], [0, 0])
  const third = stored(begun(first), 3, place(1))
  assert.deepEqual([third.error, third.lastSent?.offset], [undefined, 1])
})

test('a record that fails late is told of, and of two errors the newer one', () => {
  const three = begun(begun(begun(nothingSent)))
  const late = failed(stored(three, 2, place(0)), 1, no)
  assert.equal(late.error, no)
  const newest = failed(three, 3, new Error('newest'))
  assert.equal(failed(newest, 1, no).error?.message, 'newest')
  const last = stored(failed(three, 2, new Error('passed')), 3, place(0))
  assert.equal(failed(last, 1, no).error, no)
})

test('the last that was sent is the newest that is stored, whichever comes last', () => {
  const both = begun(begun(nothingSent))
  assert.equal(stored(stored(both, 2, place(1)), 1, place(0)).lastSent?.offset, 1)
  assert.equal(stored(both, 1, undefined).lastSent, undefined)
})
