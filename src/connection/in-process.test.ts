import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MockKafka } from '../testing/mock-kafka.ts'
import { inProcessPair } from './in-process.ts'

test('inProcessPair() gives way while its ends answer each other at once', async () => {
  const waiting: (() => void)[] = []
  const [left, right] = inProcessPair((callback) => waiting.push(callback))
  let received = 0
  right.start({ onFrame: (message) => right.send([message]), onClose: () => {} })
  left.start({ onFrame: (message) => (received++, left.send([message])), onClose: () => {} })
  left.send([new Uint8Array([1])])
  await turn()
  for (let round = 0; round < 4; round++) {
    assert.equal(waiting.length, 1, 'one end waits for its turn, and so does the other for it')
    waiting.shift()!()
    await turn()
  }
  assert.ok(received > 64, `${received} messages came back`)
  left.close()
})

test('inProcessPair() keeps messages in order, and the end last, where it gives way', async () => {
  const [left, right] = inProcessPair((callback) => setImmediate(callback))
  const { promise: ended, resolve } = Promise.withResolvers<void>()
  const received: number[] = []
  right.start({ onFrame: ([number]) => received.push(number!), onClose: () => resolve() })
  const sent = Array.from({ length: 200 }, (_, index) => index)
  for (const number of sent) left.send([new Uint8Array([number])])
  left.close()
  await ended
  assert.deepEqual(received, sent)
})

test('a program that sends in a tight loop does not keep its own timers waiting', async () => {
  await using kafka = new MockKafka()
  const producer = kafka.producer('orders')
  let isTimerDone = false
  setTimeout(() => (isTimerDone = true), 1)
  let sent = 0
  while (!isTimerDone && sent < 5000) {
    await producer.send({ sent })
    sent++
  }
  assert.ok(isTimerDone, `it waits after ${sent} records`)
})

/** Resolves once all microtasks have run. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
