import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CommitQueue } from './commit-queue.ts'

test('add() does one thing after the other', async () => {
  const queue = new CommitQueue()
  const done: string[] = []
  const first = Promise.withResolvers<void>()
  void queue.add(() => first.promise.then(() => void done.push('first')))
  const second = queue.add(async () => void done.push('second'))
  first.resolve()
  await second
  assert.deepEqual(done, ['first', 'second'])
})

test('idle() waits for what has begun while it waited', async () => {
  const queue = new CommitQueue()
  const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  void queue.add(() => first.promise)
  let isIdle = false
  const idle = queue.idle().then(() => (isIdle = true))
  // In the same turn in which the first is done: whoever waited for that alone would go on.
  void first.promise.then(() => queue.add(() => second.promise))
  first.resolve()
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(isIdle, false)
  second.resolve()
  await idle
})

test('idle() says what a commit has failed with', async () => {
  const queue = new CommitQueue()
  queue.add(() => Promise.reject(new Error('no'))).catch(() => undefined)
  await assert.rejects(queue.idle(), /no/)
})
