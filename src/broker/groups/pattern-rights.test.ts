import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PatternRights } from './pattern-rights.ts'

const right = (memberId: string, ...topics: string[]) => ({
  memberId,
  maySee: (topic: string): boolean => topics.includes(topic),
})

test('finds() has a pattern find what the first of its members may see', () => {
  const rights = new PatternRights()
  const members = new Set(['a', 'b'])
  const isMember = (memberId: string): boolean => members.has(memberId)
  assert.equal(rights.finds('.*', 'x'), true)
  assert.equal(rights.learn('.*', right('a', 'x'), isMember), true)
  assert.equal(rights.learn('.*', right('b', 'y'), isMember), false)
  assert.deepEqual([rights.finds('.*', 'x'), rights.finds('.*', 'y')], [true, false])

  // Its rights are asked for anew with each heartbeat.
  assert.equal(rights.learn('.*', right('a', 'z'), isMember), false)
  assert.equal(rights.finds('.*', 'z'), true)

  members.delete('a')
  rights.forgetUnless(isMember)
  assert.equal(rights.learn('.*', right('b', 'y'), isMember), true)
  assert.deepEqual([rights.finds('.*', 'x'), rights.finds('.*', 'y')], [false, true])
})
