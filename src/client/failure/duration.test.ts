import assert from 'node:assert/strict'
import { test } from 'node:test'
import { durationMs, type Duration } from './duration.ts'

test('durationMs() takes milliseconds, and numbers with a unit', () => {
  const cases: [Duration, number][] = [
    [0, 0],
    [1500, 1500],
    ['250ms', 250],
    ['30s', 30_000],
    ['1.5s', 1500],
    ['5m', 300_000],
    ['2h', 7_200_000],
    ['7d', 604_800_000],
  ]
  for (const [value, expected] of cases) assert.equal(durationMs('timeout', value), expected)
})

test('durationMs() says what is too little', () => {
  const message =
    "option 'heartbeatInterval' must be a duration of at least 1 ms, such as '5s', not 0"
  assert.throws(() => durationMs('heartbeatInterval', 0, 1), { message })
  assert.equal(durationMs('heartbeatInterval', '1ms', 1), 1)
})

test('durationMs() refuses what is no duration, naming the option', () => {
  // @ts-expect-error -- a unit is needed
  const noUnit: Duration = '30'
  // @ts-expect-error -- there is no such unit
  const noSuchUnit: Duration = '3 weeks'
  for (const value of [noUnit, noSuchUnit, -1, Number.NaN, Infinity, '-5s', '1e3s']) {
    assert.throws(() => durationMs('sessionTimeout', value as Duration), {
      code: 'invalid_option',
      option: 'sessionTimeout',
    })
  }
})
