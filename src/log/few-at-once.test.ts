import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import { test } from 'node:test'
import { FewAtOnce } from './few-at-once.ts'

test('run() begins what there is room for, and the rest in turn, also after failures', async () => {
  const few = new FewAtOnce(2)
  const begun: number[] = []
  const work = Array.from({ length: 5 }, () => Promise.withResolvers<number>())
  const results = work.map(({ promise }, index) =>
    few.run(() => {
      begun.push(index)
      return promise
    }),
  )
  assert.deepEqual(begun, [0, 1])
  work[1]!.reject(new Error('full'))
  await assert.rejects(results[1]!, /full/)
  await setImmediate()
  assert.deepEqual(begun, [0, 1, 2])
  for (const { resolve } of work) resolve(7)
  assert.deepEqual(await Promise.all([0, 2, 3, 4].map((index) => results[index]!)), [7, 7, 7, 7])
  assert.deepEqual(begun, [0, 1, 2, 3, 4])
  const late = few.run(async () => begun.push(5))
  assert.equal(begun.at(-1), 5)
  await late
})
