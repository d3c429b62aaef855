import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from './system-runtime.ts'

test('after() takes what clients ask for: years, and less than nothing', async (context) => {
  const warned = context.mock.method(process, 'emitWarning', () => {})
  systemClock.after(2 ** 40, () => assert.fail('years have not passed')).cancel()
  await new Promise<void>((resolve) => void systemClock.after(-1, resolve))
  assert.equal(warned.mock.callCount(), 0)
})
