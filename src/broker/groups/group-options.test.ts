import assert from 'node:assert/strict'
import { test } from 'node:test'
import { groupDefaults, resolveGroupOptions } from './group-options.ts'

test('resolveGroupOptions() takes 0 for a value, and undefined for none', () => {
  const resolved = resolveGroupOptions({ initialRebalanceDelayMs: 0 })
  assert.deepEqual(resolved, { ...groupDefaults, initialRebalanceDelayMs: 0 })
  assert.deepEqual(resolveGroupOptions(undefined), groupDefaults)
})

test('resolveGroupOptions() names the option that is wrong', () => {
  assert.throws(() => resolveGroupOptions({ maxSize: 0 }), /groups\.maxSize is 0/)
  assert.throws(() => resolveGroupOptions({ initialRebalanceDelayMs: -1 }), RangeError)
  const misspelt = { sessionTimeoutMs: 10 } as never
  assert.throws(() => resolveGroupOptions(misspelt), /no option 'groups.sessionTimeoutMs'/)
  assert.throws(() => resolveGroupOptions({ consumerHeartbeatIntervalMs: 0.5 }), RangeError)
  assert.throws(
    () => resolveGroupOptions({ minSessionTimeoutMs: 10, maxSessionTimeoutMs: 9 }),
    /minSessionTimeoutMs is over/,
  )
})
