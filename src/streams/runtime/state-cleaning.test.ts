import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../runtime/manual-clock.ts'
import { StateCleaning } from './state-cleaning.ts'

test('committed() has unused state removed at first, and every ten minutes', () => {
  const clock = new ManualClock()
  let count = 0
  const refuse = (): never => assert.fail('not asked for')
  const cleaning = new StateCleaning(
    {
      workerId: new Uint8Array(8),
      open: refuse,
      removeUnused: () => count++,
      close: refuse,
    },
    clock,
  )
  const countAt = (minutes: number): number => {
    clock.advance(minutes * 60_000)
    cleaning.committed()
    return count
  }
  assert.deepEqual(
    [countAt(0), countAt(9.9), countAt(0.1), countAt(5), countAt(30)],
    [1, 1, 2, 2, 3],
  )
})
