import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Changes, StreamTime } from './operator-state.ts'

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

test('StreamTime is written where a record has moved it, else along with something else', () => {
  const time = new StreamTime()
  const changed: string[] = []
  const state = time.with({
    drain: (write) => changed.splice(0).forEach((key) => write([key], 1)),
    restore: () => assert.fail('there is nothing else'),
  })
  const written = (): unknown[] => {
    const entries: unknown[] = []
    state.drain((key, value) => entries.push([...key, value]))
    return entries
  }
  time.observe(10)
  assert.deepEqual(written(), [['time', 10]])
  time.advance(20)
  assert.deepEqual(written(), [], 'by itself')
  changed.push('a')
  assert.deepEqual(written(), [
    ['a', 1],
    ['time', 20],
  ])
  time.observe(15)
  changed.push('b')
  assert.deepEqual(written(), [['b', 1]], 'it has not come further')
  state.restore(['time'], 30)
  assert.deepEqual(written(), [])
  assert.equal(state.time?.now, 30)
})
