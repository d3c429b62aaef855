import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../runtime/manual-clock.ts'
import { InvalidOptionError, TimeoutError } from './errors.ts'
import { backoffMs, delay, withRetry } from './retry.ts'

/** A random source that always gives the middle. */
const random = { number: () => 0.5, bytes: (length: number) => new Uint8Array(length) }

test('withRetry() waits twice as long each time, and gives the result', async () => {
  const clock = new ManualClock()
  const startMs = clock.monotonic()
  const triedAtMs: number[] = []
  const result = withRetry(
    () => {
      triedAtMs.push(clock.monotonic() - startMs)
      if (triedAtMs.length < 4) throw new TimeoutError('not yet')
      return 'done'
    },
    { maxAttempts: 4, baseDelay: '1s', clock, random },
  )
  for (let second = 0; second < 8; second++) {
    await new Promise((resolve) => setImmediate(resolve))
    clock.advance(1000)
  }
  assert.equal(await result, 'done')
  assert.deepEqual(triedAtMs, [0, 1000, 3000, 7000])
})

test('withRetry() refuses options that there are not', async () => {
  const options = { attempts: 5 } as never
  await assert.rejects(
    withRetry(() => 1, options),
    { code: 'invalid_option', option: 'attempts' },
  )
})

test('withRetry() gives up after maxAttempts, with the last error', async () => {
  let attempts = 0
  const failing = withRetry(
    () => {
      attempts++
      throw new TimeoutError(`attempt ${attempts}`)
    },
    { maxAttempts: 2, baseDelay: 0 },
  )
  await assert.rejects(failing, { message: 'attempt 2' })
})

test('withRetry() tries what is not retriable only once', async () => {
  for (const error of [
    new Error('a bug'),
    new InvalidOptionError({
      option: 'x',
      expected: 'y',
      actual: 'z',
    }),
  ]) {
    let attempts = 0
    const failing = withRetry(() => {
      attempts++
      throw error
    })
    await assert.rejects(failing, error)
    assert.equal(attempts, 1)
  }
})

test('withRetry() refuses options that cannot work', async () => {
  await assert.rejects(
    withRetry(() => 1, { maxAttempts: 0 }),
    { option: 'maxAttempts' },
  )
  await assert.rejects(
    withRetry(() => 1, { baseDelay: 'soon' as never }),
    { option: 'baseDelay' },
  )
})

test('withRetry() stops waiting when its signal is aborted', async () => {
  const controller = new AbortController()
  const failing = withRetry(
    () => {
      queueMicrotask(() => controller.abort(new Error('enough')))
      throw new TimeoutError('late')
    },
    { signal: controller.signal, baseDelay: '1h' },
  )
  await assert.rejects(failing, { message: 'enough' })
})

test('backoffMs() doubles up to its limit, and differs by a fifth at most', () => {
  const at = (attempt: number, number = 0.5): number =>
    Math.round(
      backoffMs({ attempt, baseMs: 100, maxMs: 1000, random: { ...random, number: () => number } }),
    )
  assert.deepEqual(
    [1, 2, 3, 4, 5, 99].map((attempt) => at(attempt)),
    [100, 200, 400, 800, 1000, 1000],
  )
  assert.deepEqual([at(1, 0), at(1, 1)], [80, 120])
})

test('delay() cancels its timer when it is aborted', async () => {
  const clock = new ManualClock()
  const controller = new AbortController()
  const waiting = delay(1000, clock, controller.signal)
  controller.abort(new Error('stop'))
  await assert.rejects(waiting, { message: 'stop' })
  await assert.rejects(delay(1, clock, controller.signal), { message: 'stop' })
})
