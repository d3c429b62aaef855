/** The part of the SDK's contract that is about records processed side by side. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ContractContext } from './contract.ts'

const accounts = 8

export function processingContract({ kafka, name, topic: newTopic }: ContractContext): void {
  test('process() keeps the order within a key, puts aside what fails, and commits', async () => {
    const [topic, deadLetter, group] = [await newTopic(3), await newTopic(), name('group')]
    const recordCount = 400
    const numbers = Array.from({ length: recordCount }, (_, value) => value)
    const messages = numbers.map((value) => ({ value, key: `account-${value % accounts}` }))
    await kafka().producer<number>(topic).sendBatch(messages)
    const byAccount = new Map<string, number[]>()
    let running = 0
    let runningMost = 0
    let seenCount = 0
    const controller = new AbortController()
    const options = { concurrency: 5, retry: { maxAttempts: 1 }, deadLetter }
    await kafka()
      .consumer<number>(topic, { group })
      .process(
        async ({ key, value }) => {
          runningMost = Math.max(runningMost, ++running)
          await new Promise((resolve) => setImmediate(resolve))
          running--
          byAccount.set(key!, [...(byAccount.get(key!) ?? []), value])
          if (++seenCount === recordCount) controller.abort()
          if (value === 77) throw new Error('not this one')
        },
        { ...options, signal: controller.signal },
      )
    assert.ok(runningMost > 1 && runningMost <= 5, `${runningMost} ran at the same time`)
    assert.equal(byAccount.size, accounts)
    for (const values of byAccount.values()) {
      assert.deepEqual(
        values,
        values.toSorted((a, b) => a - b),
      )
    }
    const letter = await kafka().consumer<number>(deadLetter).first()
    assert.equal(letter?.value, 77)
    assert.equal(letter.headers['original-topic'], topic)
    assert.equal(letter.headers['error'], 'not this one')
    assert.equal((await kafka().admin.describeGroup(group)).totalLag, 0)
  })
}
