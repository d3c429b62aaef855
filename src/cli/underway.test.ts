import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Underway } from './underway.ts'

/** Records that wait until they are told what became of them. */
function sendTo(underway: Underway, ...sizes: readonly number[]) {
  return sizes.map((bytes) => {
    const sent = Promise.withResolvers<void>()
    underway.add(sent.promise, bytes)
    return sent
  })
}

async function isPending(promise: Promise<unknown>): Promise<boolean> {
  let isOver = false
  void promise.then(() => (isOver = true))
  await new Promise((resolve) => setImmediate(resolve))
  return !isOver
}

test('room() waits while more bytes or records are on their way than there may be', async () => {
  const mebibyte = 1024 * 1024
  for (const sizes of [[mebibyte, 15 * mebibyte], Array.from({ length: 10_000 }, () => 1)]) {
    const underway = new Underway(() => {})
    const [first, ...others] = sendTo(underway, ...sizes)
    const room = underway.room()
    assert.equal(await isPending(room), true)
    first!.resolve()
    await room
    const settled = underway.settled()
    assert.equal(await isPending(settled), true)
    for (const other of others) other.resolve()
    await settled
    assert.equal(underway.writtenCount, sizes.length)
  }
})

test('a record that fails is told of at once, and is not waited behind', async () => {
  let failures = 0
  const underway = new Underway(() => failures++)
  const [first, second, third] = sendTo(underway, 1, 1e9, 1)
  const room = underway.room()
  first!.reject(new Error('no'))
  await room
  second!.reject(new Error('nor this'))
  third!.resolve()
  await underway.settled()
  assert.deepEqual([failures, String(underway.failure)], [1, 'Error: no'])
  assert.equal(underway.writtenCount, 1)
})
