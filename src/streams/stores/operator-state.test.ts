import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Changes } from './operator-state.ts'

function drained(changes: Changes<string>): string[] {
  const seen: string[] = []
  changes.drain((item, isThere) => seen.push(`${item} ${isThere}`))
  return seen
}

test('Changes tells once of what has changed, and of what is gone', () => {
  const changes = new Changes<string>()
  changes.noted('a')
  changes.noted('a')
  changes.added('b')
  changes.noted('b')
  changes.noted('c')
  changes.gone('c')
  assert.deepEqual(drained(changes), ['a true', 'b true', 'c false'])
  assert.deepEqual(drained(changes), [])
})

test('of what is added and gone before it is drained, Changes says nothing', () => {
  const changes = new Changes<string>()
  changes.added('a')
  changes.noted('a')
  changes.gone('a')
  assert.deepEqual(drained(changes), [])
  changes.added('b')
  assert.deepEqual(drained(changes), ['b true'])
  changes.gone('b')
  assert.deepEqual(drained(changes), ['b false'])
})
