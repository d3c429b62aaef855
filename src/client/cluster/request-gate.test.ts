import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../runtime/manual-clock.ts'
import { RequestGate } from './request-gate.ts'

function open() {
  const clock = new ManualClock()
  const gate = new RequestGate(clock, 1000)
  const sent: string[] = []
  /** Sends now, or when its turn comes. */
  const send = (name: string, options?: { readonly isExclusive: boolean }): void => {
    const go = (): void => void sent.push(name)
    const queue = gate.queueFor(options)
    if (queue) queue.push(go)
    else go()
  }
  return { clock, gate, sent, send }
}

test('throttle() holds requests back for as long as it says, in their order', () => {
  const { clock, gate, sent, send } = open()
  gate.throttle({})
  gate.throttle({ throttleTimeMs: 0 })
  send('a')
  gate.throttle({ throttleTimeMs: 100 })
  // The first answer has said it.
  gate.throttle({ throttleTimeMs: 500 })
  send('b')
  send('c')
  clock.advance(99)
  assert.deepEqual(sent, ['a'])
  clock.advance(1)
  assert.deepEqual(sent, ['a', 'b', 'c'])
  gate.throttle({ throttleTimeMs: 100 })
  send('d')
  assert.deepEqual(sent, ['a', 'b', 'c'])
})

test('throttle() waits no longer than it may, whatever a broker asks for', () => {
  const { clock, gate, sent, send } = open()
  gate.throttle({ throttleTimeMs: 1_000_000 })
  send('a')
  clock.advance(1000)
  assert.deepEqual(sent, ['a'])
})

test('endThrottle() lets everything through, and leaves nothing behind', () => {
  const { clock, gate, sent, send } = open()
  gate.endThrottle()
  gate.throttle({ throttleTimeMs: 100 })
  send('a')
  gate.endThrottle()
  send('b')
  assert.deepEqual(sent, ['a', 'b'])
  assert.equal(clock.waitingCount, 0)
})

test('exclusively() has only its own requests sent until it is done', async () => {
  const { gate, sent, send } = open()
  const work = Promise.withResolvers<void>()
  const done = gate.exclusively(() => {
    send('own', { isExclusive: true })
    return work.promise
  })
  send('other')
  assert.deepEqual(sent, ['own'])
  work.reject(new Error('failed'))
  await assert.rejects(done, { message: 'failed' })
  assert.deepEqual(sent, ['own', 'other'])
})

test('exclusively() keeps the order of what the broker had asked to wait', async () => {
  const { clock, gate, sent, send } = open()
  gate.throttle({ throttleTimeMs: 100 })
  send('a')
  const work = Promise.withResolvers<void>()
  const done = gate.exclusively(() => {
    send('own', { isExclusive: true })
    return work.promise
  })
  send('b')
  assert.deepEqual(sent, [])
  clock.advance(100)
  assert.deepEqual(sent, ['own'])
  work.resolve()
  await done
  assert.deepEqual(sent, ['own', 'a', 'b'])
})
