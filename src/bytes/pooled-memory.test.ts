import assert from 'node:assert/strict'
import { test } from 'node:test'
import { giveMemoryBack, isPooled, takeMemory } from './pooled-memory.ts'

const large = 100_000

test('takeMemory() hands out memory again that was given back, by any part of it', () => {
  const first = takeMemory(large)
  giveMemoryBack(first.subarray(10, 20))
  const second = takeMemory(large + 1)
  assert.equal(second.buffer, first.buffer)
  assert.equal(second.length, large + 1)
})

test('takeMemory() hands out no more than twice of what is asked for', () => {
  for (const length of [40_000, 65_536, 65_537, 1_048_576, 1_500_000]) {
    const piece = takeMemory(length)
    assert.ok(piece.buffer.byteLength < 2 * length, String(length))
    giveMemoryBack(piece)
  }
})

test('takeMemory() never hands out what is still on loan', () => {
  const first = takeMemory(large)
  const second = takeMemory(large)
  assert.notEqual(first.buffer, second.buffer)
})

test('giveMemoryBack() takes memory once, and only its own', () => {
  const piece = takeMemory(large)
  giveMemoryBack(piece)
  giveMemoryBack(piece)
  const foreign = new Uint8Array(large)
  giveMemoryBack(foreign)
  const [first, second] = [takeMemory(large), takeMemory(large)]
  assert.notEqual(first.buffer, second.buffer)
  assert.ok(![first.buffer, second.buffer].includes(foreign.buffer))
})

test('small and very large memory is not pooled', () => {
  for (const length of [0, 1000, 3_000_000]) {
    const bytes = takeMemory(length)
    assert.deepEqual([bytes.length, isPooled(bytes)], [length, false])
  }
})
