import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Arrivals } from './arrivals.ts'

test('tell() tells all who wait, once', async () => {
  const arrivals = new Arrivals()
  const waiting = [arrivals.next(), arrivals.next(new AbortController().signal)]
  arrivals.tell()
  await Promise.all(waiting)
  assert.equal(arrivals.waitingCount, 0)
  arrivals.tell()
})

test('who gives up is told why, and forgotten', async () => {
  const arrivals = new Arrivals()
  const controller = new AbortController()
  const waiting = [arrivals.next(controller.signal), arrivals.next()]
  controller.abort(new Error('enough'))
  await assert.rejects(waiting[0]!, { message: 'enough' })
  await assert.rejects(arrivals.next(controller.signal), { message: 'enough' })
  assert.equal(arrivals.waitingCount, 1)
  arrivals.tell()
  await waiting[1]
})
