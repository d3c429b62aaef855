import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LogError } from '../log/log-error.ts'
import { ManualClock } from '../runtime/manual-clock.ts'
import { Deadlines } from './deadlines.ts'

interface Rig {
  readonly clock: ManualClock
  readonly deadlines: Deadlines
  readonly refusals: string[]
}

function rig(): Rig {
  const clock = new ManualClock()
  const refusals: string[] = []
  const deadlines = new Deadlines(clock, (error, name) =>
    refusals.push(`${name}: ${error.message}`),
  )
  return { clock, deadlines, refusals }
}

test('set() calls back once, after its time, unless it is set anew before', () => {
  const { clock, deadlines } = rig()
  const called: string[] = []
  deadlines.set('a', 1000, () => called.push('first'))
  deadlines.set('a', 2000, () => called.push('second'))
  clock.advance(10_000)
  assert.deepEqual(called, ['second'])
  assert.equal(clock.waitingCount, 0)
})

test('set() calls back each second until the log takes what that leads to', () => {
  const { clock, deadlines, refusals } = rig()
  let isFull = true
  let calls = 0
  deadlines.set('a', 5000, () => {
    calls++
    if (isFull) throw new LogError('KAFKA_STORAGE_ERROR', 'full')
  })
  clock.advance(7000)
  assert.equal(calls, 3)
  assert.deepEqual(refusals, ['a: full', 'a: full', 'a: full'])
  isFull = false
  clock.advance(10_000)
  assert.equal(calls, 4)
  assert.equal(clock.waitingCount, 0)
})

test('set() and cancel() end that as well', () => {
  const { clock, deadlines } = rig()
  const refused = (): never => {
    throw new LogError('KAFKA_STORAGE_ERROR', 'full')
  }
  for (const name of ['a', 'b']) deadlines.set(name, 1000, refused)
  clock.advance(1000)
  let isCalled = false
  deadlines.set('a', 5000, () => (isCalled = true))
  deadlines.cancel('b')
  clock.advance(4999)
  assert.equal(isCalled, false)
  clock.advance(1)
  assert.equal(isCalled, true)
})

test('an error that is not of the log is nobody to hide', () => {
  const { clock, deadlines } = rig()
  deadlines.set('a', 1000, () => assert.fail('a bug'))
  assert.throws(() => clock.advance(1000), /a bug/)
  assert.equal(clock.waitingCount, 0)
})
