import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../runtime/manual-clock.ts'
import { abortable, withinLimits } from './deadline.ts'
import { NotLeaderError } from './errors.ts'

const never = new Promise<never>(() => undefined)

test('withinLimits() gives what its operation gives, and leaves nothing behind', async () => {
  const clock = new ManualClock()
  const limits = { action: 'work', clock, timeoutMs: 1000 }
  assert.equal(await withinLimits(limits, async () => 5), 5)
  await assert.rejects(
    withinLimits(limits, async () => {
      throw new Error('no')
    }),
    { message: 'no' },
  )
  assert.equal(clock.waitingCount, 0)
})

test('withinLimits() ends with a TimeoutError that has the last problem as its cause', async () => {
  const clock = new ManualClock()
  const problem = new NotLeaderError('moved', { maybeApplied: true })
  let inner: AbortSignal | undefined
  const working = withinLimits({ action: 'work', clock, timeoutMs: 1000 }, (signal, note) => {
    inner = signal
    note(new NotLeaderError('first'))
    note(problem)
    return never
  })
  clock.advance(1000)
  await assert.rejects(working, {
    code: 'timeout',
    message: 'cannot work: 1000 ms have passed',
    cause: problem,
    maybeApplied: true,
  })
  assert.equal(inner!.aborted, true)
})

test('withinLimits() ends when its signal is aborted, with the reason', async () => {
  const clock = new ManualClock()
  const controller = new AbortController()
  const { signal } = controller
  const working = withinLimits({ action: 'work', clock, timeoutMs: 1000, signal }, () => never)
  controller.abort(new Error('enough'))
  await assert.rejects(working, { message: 'enough' })
  assert.equal(clock.waitingCount, 0)
  const late = withinLimits({ action: 'work', clock, timeoutMs: 1000, signal }, () => never)
  await assert.rejects(late, { message: 'enough' })
})

test('withinLimits() has an abort, too, say whether it may have taken effect', async () => {
  const clock = new ManualClock()
  for (const maybeApplied of [true, false]) {
    const controller = new AbortController()
    const { signal } = controller
    const limits = { action: 'work', clock, timeoutMs: 1000, maybeApplied: () => maybeApplied }
    const aborted = withinLimits({ ...limits, signal }, () => never)
    controller.abort()
    await assert.rejects(aborted, (error: Error & { maybeApplied?: boolean }) => {
      assert.equal(error, signal.reason)
      assert.equal(error.maybeApplied ?? false, maybeApplied)
      return true
    })
    const late = withinLimits(limits, () => never)
    clock.advance(1000)
    await assert.rejects(late, { code: 'timeout', maybeApplied })
  }
})

test('abortable() settles as its promise does, unless it is aborted first', async () => {
  const controller = new AbortController()
  assert.equal(await abortable(Promise.resolve(5), undefined), 5)
  assert.equal(await abortable(Promise.resolve(5), controller.signal), 5)
  const waiting = abortable(never, controller.signal)
  controller.abort(new Error('enough'))
  await assert.rejects(waiting, { message: 'enough' })
  await assert.rejects(abortable(never, controller.signal), { message: 'enough' })
})
