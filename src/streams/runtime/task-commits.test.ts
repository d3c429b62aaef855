import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../runtime/manual-clock.ts'
import { TaskCommits, type TaskCommitsOptions } from './task-commits.ts'

test('commit() commits nothing behind a record that turns out not to be stored', async () => {
  const done: string[] = []
  let failure: Error | undefined
  const options = {
    guarantee: {
      sender: {
        flush: async () => {
          done.push('flushed')
          failure = new Error('too large')
        },
      },
      commit: async () => done.push('committed'),
      begin: async () => done.push('begun'),
    },
    contexts: { callbacks: [], isLeft: false },
    clock: new ManualClock(),
    failure: () => failure,
    isClosing: () => false,
  }
  const commits = new TaskCommits(options as unknown as TaskCommitsOptions)
  commits.onCommitted(() => done.push('told'))
  await assert.rejects(commits.commit([]), { message: 'too large' })
  assert.deepEqual(done, ['flushed'])
})
