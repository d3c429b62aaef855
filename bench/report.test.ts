import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatTable, ratio, type Row } from './report.ts'

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
