import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatSummary, summarise, type CpuProfile } from './cpu-profile.ts'

const node = (id: number, functionName: string, lineNumber = -1) => ({
  id,
  callFrame: { functionName, url: lineNumber < 0 ? '' : 'node:net', lineNumber },
})

/** Two nodes are one function, called from two places. */
const profile: CpuProfile = {
  nodes: [
    node(1, '(root)'),
    node(2, '(idle)'),
    node(3, 'read', 9),
    node(4, 'read', 9),
    node(5, ''),
  ],
  samples: [3, 2, 4, 5],
  timeDeltas: [1000, 5000, 2000, 1000],
}

test('summarise() adds up a function over all its callers, and leaves waiting out', () => {
  assert.deepEqual(summarise(profile), {
    busyMs: 4,
    idleMs: 5,
    functions: [
      { what: 'read  node:net:10', selfMs: 3 },
      { what: '(anonymous)', selfMs: 1 },
    ],
  })
})

test('formatSummary() gives shares of the busy time of as many functions as asked for', () => {
  assert.equal(
    formatSummary(summarise(profile), 1),
    'busy 0.0 s, idle 0.0 s\n 75.0 %  read  node:net:10',
  )
})
