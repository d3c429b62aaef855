/** Tests how histories are written, read and merged. */

import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { HistoryWriter, mergeLines, readLines } from './history-files.ts'
import type { Line } from './history.ts'
import { indexHistory } from './operations.ts'

function temporaryFile(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'history-'))
  context.after(() => rmSync(folder, { recursive: true }))
  return join(folder, 'history.jsonl')
}

test('readLines() gives what a HistoryWriter wrote, with ascending times', (context) => {
  const path = temporaryFile(context)
  const writer = new HistoryWriter(path)
  writer.write({ proc: 'a', type: 'invoke', f: 'send', mops: [['send', 'k', 'größer']] })
  writer.write({ proc: 'a', type: 'ok', f: 'send', mops: [['send', 'k', 'größer', 3]] })
  writer.close()
  const [invoked, completed] = [...readLines(path)]
  assert.deepEqual(invoked!.mops, [['send', 'k', 'größer']])
  assert.deepEqual(completed!.mops, [['send', 'k', 'größer', 3]])
  assert.ok(invoked!.t <= completed!.t)
})

test('readLines() names the line that is not one', (context) => {
  const path = temporaryFile(context)
  appendFileSync(path, '{"t":1,"proc":"a","type":"ok","f":"poll"}\n{"t":2,"proc":"a"}\n')
  assert.throws(() => [...readLines(path)], /history\.jsonl:2: not a line of a history/)
})

test('mergeLines() puts the lines of several files in the order of time', () => {
  const line = (t: number): Line => ({ t, proc: 'a', type: 'info', f: 'crash' })
  const merged = mergeLines([[line(1), line(5)], [], [line(2), line(3), line(9)]])
  assert.deepEqual(
    [...merged].map(({ t }) => t),
    [1, 2, 3, 5, 9],
  )
})

test('indexHistory() keeps what was never completed as info, and events apart from operations', () => {
  const history = indexHistory([
    { t: 1, proc: 'a', type: 'invoke', f: 'poll' },
    { t: 2, proc: 'a', type: 'info', f: 'revoke', group: 'g', member: 'm', keys: ['k'] },
    { t: 3, proc: 'b', type: 'invoke', f: 'send', mops: [['send', 'k', 1]] },
    { t: 4, proc: 'a', type: 'ok', f: 'poll', mops: [['poll', { k: [[0, 1]] }]] },
  ])
  const operations = [0, 1, 2].map((op) => `${history.functionOf(op)} ${history.typeOf(op)}`)
  assert.deepEqual(operations, ['revoke info', 'poll ok', 'send info'])
})
