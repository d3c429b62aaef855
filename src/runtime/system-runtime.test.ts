import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from './system-runtime.ts'

test('after() takes what clients ask for: years, and less than nothing', async (context) => {
  const warned = context.mock.method(process, 'emitWarning', () => {})
  systemClock.after(2 ** 40, () => assert.fail('years have not passed')).cancel()
  await new Promise<void>((resolve) => void systemClock.after(-1, resolve))
  assert.equal(warned.mock.callCount(), 0)
})

test('after() lets a busy program look at what has come before its time is up', async () => {
  const order: string[] = []
  const { promise: over, resolve } = Promise.withResolvers<void>()
  // What has come is looked at behind the timers that are due.
  await new Promise((next) => setImmediate(next))
  setImmediate(() => order.push('came'))
  systemClock.after(100, () => {
    order.push('over')
    resolve()
  })
  const untilMs = systemClock.monotonic() + 150
  while (systemClock.monotonic() < untilMs);
  await over
  assert.deepEqual(order, ['came', 'over'])
})
