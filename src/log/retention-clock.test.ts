import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '../runtime/runtime.ts'
import { RetentionClock, disbeliefMs } from './retention-clock.ts'

const hourMs = 60 * 60 * 1000
const yearMs = 365 * 24 * hourMs
const startMs = 1_700_000_000_000

/** Two clocks that a test moves, together or one of them. */
class Clocks {
  wallMs = startMs
  monotonicMs = 5
  readonly warnings: string[] = []

  pass(durationMs: number): void {
    this.wallMs += durationMs
    this.monotonicMs += durationMs
  }

  start(notedMs?: number): RetentionClock {
    const clock = {
      now: () => this.wallMs,
      monotonic: () => this.monotonicMs,
      after: () => assert.fail('it sets no timers'),
    }
    const warn = (message: string): void => void this.warnings.push(message)
    return new RetentionClock({ clock, logger: { ...silentLogger, warn }, notedMs })
  }
}

test('now() is the time while both clocks agree, however long between two looks', () => {
  const clocks = new Clocks()
  const retention = clocks.start()
  for (const durationMs of [0, 1000, yearMs]) {
    clocks.pass(durationMs)
    assert.equal(retention.now(), clocks.wallMs)
  }
  assert.deepEqual(clocks.warnings, [])
})

test('now() is unknown for a day after the clock has jumped ahead', () => {
  const clocks = new Clocks()
  const retention = clocks.start()
  clocks.wallMs += 10 * yearMs
  assert.equal(retention.now(), undefined)
  clocks.pass(disbeliefMs - 1)
  assert.equal(retention.now(), undefined)
  assert.equal(clocks.warnings.length, 1)
  clocks.pass(1)
  assert.equal(retention.now(), clocks.wallMs)
  assert.equal(clocks.warnings.length, 2)
})

test('now() is known again once the clock is set right', () => {
  const clocks = new Clocks()
  const retention = clocks.start()
  clocks.wallMs += yearMs
  assert.equal(retention.now(), undefined)
  clocks.pass(hourMs)
  clocks.wallMs -= yearMs
  assert.equal(retention.now(), clocks.wallMs)
})

test('a clock that drifts, or goes back, is believed', () => {
  const clocks = new Clocks()
  const retention = clocks.start()
  for (const jumpMs of [hourMs, -10 * hourMs, hourMs / 2, -yearMs]) {
    clocks.wallMs += jumpMs
    assert.equal(retention.now(), clocks.wallMs)
  }
})

test('a start is compared with the time that was noted last', () => {
  const clocks = new Clocks()
  assert.equal(clocks.start(startMs - 23 * hourMs).now(), clocks.wallMs)
  assert.equal(clocks.start(startMs + yearMs).now(), clocks.wallMs)
  const late = clocks.start(startMs - 25 * hourMs)
  assert.equal(late.now(), undefined)
  clocks.pass(disbeliefMs)
  assert.equal(late.now(), clocks.wallMs)
})
