import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryStore } from './memory-store.ts'

const at = (offset: number) => ({ topicId: 'topic', offset, savedAtMs: 0 })

test('a MemoryStore has what was applied last, and how far that comes', () => {
  const store = new MemoryStore()
  assert.equal(store.size, 0)
  store.apply(
    [
      ['a', '1'],
      ['b', '2'],
      ['a', null],
    ],
    at(3),
  )
  store.apply([['c', '3']], at(4))
  const found: Record<string, string> = {}
  store.forEach((key, value) => (found[key] = value))
  assert.deepEqual(found, { b: '2', c: '3' })
  assert.deepEqual([store.get('a'), store.get('b'), store.size], [undefined, '2', 2])
  assert.equal(store.checkpoint?.offset, 4)
  store.clear()
  assert.deepEqual([store.size, store.checkpoint], [0, undefined])
})
