/** Tests the checker itself: silent about correct histories, exact about each planted anomaly. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../support/random.ts'
import { anomalies, type AnomalyName } from './anomalies.ts'
import { checkHistory } from './checker.ts'
import { describeVerdict } from './describe-verdict.ts'
import type { Line } from './history.ts'
import { runModel, type ModelOptions } from './model.ts'
import { plantings, Plot } from './planting.ts'

const rounds = 10
const { seed } = seededRandom()

function correctHistory(seed: number, options: Partial<ModelOptions> = {}): Line[] {
  const lines: Line[] = []
  const random = seededRandom(seed)
  runModel(random, { operationCount: 600, ...options }, (line) => lines.push(line))
  return lines
}

test('checkHistory() finds nothing forbidden in a correct history', () => {
  for (let round = 0; round < rounds; round++) {
    const verdict = checkHistory(correctHistory(seed + round))
    assert.deepEqual(verdict.forbidden, [], `SEED=${seed + round}\n${text(verdict)}`)
    assert.ok(verdict.metrics.acknowledgedRecords > 100)
  }
})

test('checkHistory() finds nothing at all where transactions are serial', () => {
  for (let round = 0; round < rounds; round++) {
    const verdict = checkHistory(correctHistory(seed + round, { hasSerialTransactions: true }))
    assert.deepEqual(verdict.findings.names(), [], `SEED=${seed + round}\n${text(verdict)}`)
  }
})

for (const name of Object.keys(anomalies) as AnomalyName[]) {
  test(`checkHistory() names a planted ${name}, and only that`, () => {
    for (let round = 0; round < rounds; round++) {
      const plot = new Plot(correctHistory(seed + round, { hasSerialTransactions: true }))
      plantings[name](plot)
      const verdict = checkHistory(plot.lines)
      assert.deepEqual(verdict.findings.names(), [name], `SEED=${seed + round}\n${text(verdict)}`)
      assert.ok(verdict.findings.count(name) >= 1)
    }
  })
}

test('checkHistory() lets those read aborted values who ask for them', () => {
  const plot = new Plot(correctHistory(seed, { hasSerialTransactions: true }))
  plantings.G1a(plot)
  const reader = plot.lines.pop()!
  plot.lines.push({ ...reader, isolation: 'read_uncommitted' })
  assert.deepEqual(checkHistory(plot.lines).findings.names(), [])
})

test('checkHistory() does not take what they read for committed', () => {
  const plot = new Plot(correctHistory(seed, { hasSerialTransactions: true }))
  plantings['torn-transaction'](plot)
  const reader = plot.lines.pop()!
  plot.lines.push({ ...reader, isolation: 'read_uncommitted' })
  assert.deepEqual(checkHistory(plot.lines).findings.names(), [])
})

test('checkHistory() names a planted anomaly among those that are legal', () => {
  for (let round = 0; round < rounds; round++) {
    for (const name of ['lost-write', 'G1c', 'zombie-commit'] as const) {
      const plot = new Plot(correctHistory(seed + round))
      plantings[name](plot)
      assert.deepEqual(checkHistory(plot.lines).forbidden, [name], `SEED=${seed + round}`)
    }
  }
})

function text(verdict: ReturnType<typeof checkHistory>): string {
  return describeVerdict(verdict).join('\n')
}
