import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../runtime/manual-clock.ts'
import type { RunningTask } from './running-task.ts'
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

test('commit() of a run that has failed writes nothing of what its tasks remember', async () => {
  let drainCount = 0
  const state = { drain: () => drainCount++ }
  const options = { contexts: { callbacks: [] }, failure: () => new Error('late') }
  const commits = new TaskCommits(options as unknown as TaskCommitsOptions)
  const tasks = [{ inputs: [], isRestored: true, state } as unknown as RunningTask]
  await assert.rejects(commits.commit(tasks), { message: 'late' })
  assert.equal(drainCount, 0)
})

test('commit() of what time alone has changed names offsets, exactly once', async () => {
  const partition = { startedAt: 5, committed: undefined, identity: { confirmed: async () => {} } }
  for (const isExclusive of [true, false]) {
    const committed: unknown[] = []
    const options = {
      guarantee: {
        isExclusive,
        sender: { flush: async () => {} },
        commit: async (offsets: object) => committed.push(offsets),
        begin: async () => {},
      },
      output: { write() {} },
      contexts: { callbacks: [], isLeft: false },
      meter: { committed() {} },
      clock: new ManualClock(),
      failure: () => undefined,
      isClosing: () => false,
    }
    let isChanged = true
    const drain = (write: (record: object) => void): (() => void) => {
      if (isChanged) write({ topic: 'changelog' })
      isChanged = false
      return () => {}
    }
    const inputs = [{ partition, done: undefined }]
    const tasks = [{ inputs, isRestored: true, state: { drain } } as unknown as RunningTask]
    const commits = new TaskCommits(options as unknown as TaskCommitsOptions)
    await commits.commit(tasks)
    await commits.commit(tasks)
    assert.deepEqual(committed, [new Map(isExclusive ? [[partition, 5]] : []), new Map()])
  }
})

const nothing = (): void => {}

/** Commits what `state` has to write, at least once, while the two are called on the way. */
async function commitOf(
  state: object,
  { stored = nothing, confirmed = nothing },
): Promise<string[]> {
  const written: string[] = []
  let failure: Error | undefined
  const flush = async (): Promise<void> => {
    try {
      stored()
    } catch (error) {
      failure = error as Error
    }
  }
  const options = {
    guarantee: { sender: { flush }, commit: async () => {}, begin: async () => {} },
    output: { write: ({ topic }: { readonly topic: string }) => written.push(topic) },
    contexts: { callbacks: [], isLeft: false },
    meter: { committed() {} },
    clock: new ManualClock(),
    failure: () => failure,
    isClosing: () => false,
  }
  const drain = (write: (record: { readonly topic: string }) => void): (() => void) => {
    write({ topic: 'changelog' })
    return () => {}
  }
  const identity = { confirmed: async () => confirmed() }
  const inputs = [{ partition: { identity }, done: undefined }]
  const task = { inputs, isRestored: true, state: Object.assign(state, { drain }) }
  const commits = new TaskCommits(options as unknown as TaskCommitsOptions)
  await commits.commit([task as unknown as RunningTask]).catch(() => {})
  return written
}

test('commit() writes what tasks remember only behind results that are stored', async () => {
  assert.deepEqual(await commitOf({ isClosed: false }, {}), ['changelog'])
  const stored = (): void => {
    throw new Error('too large')
  }
  assert.deepEqual(await commitOf({ isClosed: false }, { stored }), [])
})

test('commit() writes nothing for a task that was lost meanwhile', async () => {
  const state = { isClosed: false }
  assert.deepEqual(await commitOf(state, { stored: () => (state.isClosed = true) }), [])
})

test('commit() of who stood still writes only once the group has said who it is', async () => {
  const state = { isClosed: false }
  assert.deepEqual(await commitOf(state, { confirmed: () => (state.isClosed = true) }), [])
})
