import assert from 'node:assert/strict'
import { test } from 'node:test'
import { freshMemory } from './fresh-memory.ts'

test('freshMemory() gives zero bytes of the length asked for, and none of them twice', () => {
  const pieces = Array.from({ length: 100 }, (_, index) => {
    const piece = freshMemory(index * 13)
    assert.equal(piece.length, index * 13)
    assert.ok(piece.every((byte) => byte === 0))
    return piece.fill(index)
  })
  for (const [index, piece] of pieces.entries()) {
    assert.ok(
      piece.every((byte) => byte === index),
      `piece ${index}`,
    )
  }
})

test('freshMemory() gives what is large a buffer of its own', () => {
  const { buffer, length } = freshMemory(5000)
  assert.equal(buffer.byteLength, length)
})
