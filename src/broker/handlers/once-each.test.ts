import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onceEach } from './once-each.ts'

test('onceEach() gives the first entry of each key, in order, with those that repeat it', () => {
  const named = onceEach(['b1', 'a1', 'b2', 'c1', 'b3'], ([key]) => key!)
  assert.deepEqual(named, [
    { entry: 'b1', all: ['b1', 'b2', 'b3'] },
    { entry: 'a1', all: ['a1'] },
    { entry: 'c1', all: ['c1'] },
  ])
})
