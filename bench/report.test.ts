import assert from 'node:assert/strict'
import { test } from 'node:test'
import { boundRatio, formatTable, ratio, type Row } from './report.ts'

const speed: Row = {
  what: 'produce',
  unit: 'MB/s',
  better: 'more',
  ours: 150,
  peers: { slow: 50, fast: 100 },
  aim: '≥ 1',
}
const memory: Row = { what: 'idle', unit: 'MB', better: 'less', ours: 50, peers: { fast: 400 } }

test('ratio() compares with the best of the peers, which may be the least', () => {
  assert.equal(ratio(speed), 1.5)
  assert.equal(ratio({ ...memory, peers: { a: 100, b: 25 } }), 2)
  assert.equal(ratio({ ...memory, peers: {} }), undefined)
})

test('ratio() leaves out the peers that are apart', () => {
  const row: Row = { ...memory, peers: { a: 100, b: 25 }, apart: ['b'] }
  assert.equal(ratio(row), 0.5)
  assert.equal(ratio({ ...row, apart: ['a', 'b'] }), undefined)
  assert.match(formatTable([row]), / 100 {2}\(25\) {3}0\.50$/)
})

test('boundRatio() compares what nobody can be beyond with the best of the peers', () => {
  assert.equal(boundRatio({ ...speed, bound: 160 }), 1.6)
  assert.equal(boundRatio({ ...memory, bound: 40 }), 0.1)
  assert.equal(boundRatio(speed), undefined)
})

test('formatTable() has the bound and its ratio where a row has one', () => {
  assert.deepEqual(formatTable([{ ...speed, bound: 160 }, memory]).split('\n'), [
    '                 kafka.do  slow  fast  bound  ratio  bound ratio  aim',
    'produce  MB/s ↑       150    50   100    160   1.50         1.60  ≥ 1',
    'idle     MB ↓          50     –   400      –   0.13            –',
  ])
})

test('formatTable() has a column for each peer, and a dash where it was not measured', () => {
  assert.deepEqual(formatTable([speed, memory]).split('\n'), [
    '                 kafka.do  slow  fast  ratio  aim',
    'produce  MB/s ↑       150    50   100   1.50  ≥ 1',
    'idle     MB ↓          50     –   400   0.13',
  ])
})

test('formatTable() gives three digits of small numbers and whole large ones', () => {
  const text = formatTable([{ ...memory, ours: 12_345.678, peers: { fast: 0.012_34 } }])
  assert.match(text, / 12,346 {2}0\.012 /)
})
