import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from './manual-clock.ts'

test('advance() runs what falls due in order of time, then of setting', () => {
  const clock = new ManualClock(1000)
  const ran: string[] = []
  clock.after(20, () => ran.push(`b@${clock.now()}`))
  clock.after(10, () => ran.push(`a@${clock.now()}`))
  clock.after(20, () => ran.push(`c@${clock.now()}`))
  clock.after(21, () => ran.push('late'))
  clock.advance(20)
  assert.deepEqual(ran, ['a@1010', 'b@1020', 'c@1020'])
  assert.equal(clock.waitingCount, 1)
})

test('advance() runs what its own callbacks set, if it falls due as well', () => {
  const clock = new ManualClock()
  let count = 0
  const again = (): void => {
    count++
    clock.after(10, again)
  }
  clock.after(10, again)
  clock.advance(100)
  assert.equal(count, 10)
})

test('advance() never goes back, where a callback has gone further', () => {
  const clock = new ManualClock()
  clock.after(10, () => clock.advance(1000))
  clock.advance(20)
  assert.equal(clock.monotonic(), 1010)
})

test('cancel() keeps a callback from running', () => {
  const clock = new ManualClock()
  clock.after(10, () => assert.fail('it was cancelled')).cancel()
  clock.advance(100)
})

test('jumpTo() changes the time of day and nothing else', () => {
  const clock = new ManualClock(1000)
  let ran = false
  clock.after(10, () => (ran = true))
  clock.jumpTo(9_000_000)
  assert.deepEqual([clock.now(), clock.monotonic(), ran], [9_000_000, 0, false])
})

test('now() tells whole milliseconds, as a real clock, though callbacks fall due between', () => {
  const clock = new ManualClock(1000)
  const told: number[] = []
  for (let count = 1; count <= 1000; count++) {
    clock.after(83.7, () => told.push(clock.now()))
    clock.advance(100)
    assert.equal(clock.now(), 1000 + count * 100)
  }
  assert.equal(told[0], 1084)
  assert.ok(told.every(Number.isInteger))
})
