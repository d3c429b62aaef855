import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../../../test/support/random.ts'
import { TimeQueue } from './time-queue.ts'

interface Item {
  readonly timestamp: number
  readonly number: number
}

function between(queue: TimeQueue<Item>, from: number, to: number): string[] {
  const found: string[] = []
  queue.forEachBetween(from, to, ({ timestamp, number }) => found.push(`${timestamp}/${number}`))
  return found
}

test('a TimeQueue is in the order of time, then of arrival, however it is restored', () => {
  const random = seededRandom(5)
  const items = Array.from({ length: 500 }, (_, number) => ({
    timestamp: random.below(50),
    number,
  }))
  const pushed = new TimeQueue<Item>()
  for (const item of items) pushed.push(item)
  const shuffled = items.toSorted((a, b) => ((a.number * 7919) % 500) - ((b.number * 7919) % 500))
  const restored = new TimeQueue<Item>()
  for (const item of shuffled) restored.restore(item)
  assert.deepEqual(between(restored, 0, 50), between(pushed, 0, 50))
  assert.equal(restored.size, 500)
  const [early, later] = [items[3]!, items[4]!]
  for (const queue of [pushed, restored]) {
    while (queue.first!.timestamp < 10) queue.shift()
    queue.remove(later)
  }
  // Behind those that were taken, and then looked for first of all.
  restored.restore({ ...early, timestamp: 11 })
  pushed.push({ ...early, timestamp: 11 })
  assert.equal(restored.lastAt(11)?.timestamp, 11)
  assert.deepEqual(between(restored, 0, 50).toSorted(), between(pushed, 0, 50).toSorted())
})
