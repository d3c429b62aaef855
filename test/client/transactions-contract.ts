/** The part of the SDK's contract that is about transactions. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ContractContext } from './contract.ts'

export function transactionsContract(context: ContractContext): void {
  const { kafka, name, topic: newTopic, transactionTimeoutMs } = context

  /** Returns the values in `topic` up to a record that is sent now, outside of a transaction. */
  async function values(topic: string): Promise<unknown[]> {
    await kafka().produce(topic, 'end')
    const found: unknown[] = []
    for await (const { value } of kafka().consumer(topic)) {
      if (value === 'end') break
      found.push(value)
    }
    return found
  }

  test('transaction() commits what it sent to several topics, and gives what it returned', async () => {
    const [orders, audit] = [await newTopic(), await newTopic()]
    const result = await kafka().transaction(orders, async (tx) => {
      const { offset } = await tx.send({ id: 1 }, { key: 'a' })
      void tx.send({ id: 2 })
      await tx.sendBatch(['one', 'two'], { topic: audit })
      return offset
    })
    assert.equal(result, 0)
    assert.deepEqual(await values(orders), [{ id: 1 }, { id: 2 }])
    assert.deepEqual(await values(audit), ['one', 'two'])
  })

  test('transaction() leaves nothing of what it sent where it throws', async () => {
    const topic = await newTopic()
    const problem = new Error('no')
    const failing = kafka().transaction(topic, async (tx) => {
      await tx.send('never')
      throw problem
    })
    await assert.rejects(failing, problem)
    await kafka().transaction(topic, (tx) => tx.send('seen'))
    assert.deepEqual(await values(topic), ['seen'])
  })

  test('transaction() with a send that failed is not committed, awaited or not', async () => {
    const topic = await newTopic()
    const failing = kafka().transaction(topic, async (tx) => {
      await tx.send('never')
      await tx.send(() => undefined).catch(() => undefined)
    })
    await assert.rejects(failing, { code: 'serialization', maybeApplied: false })
    const silent = kafka().transaction(topic, (tx) => void tx.send('x', { partition: 7 }))
    await assert.rejects(silent, { code: 'partition_not_found' })
    assert.deepEqual(await values(topic), [])
  })

  test('transaction() without anything sent is over at once', async () => {
    assert.equal(await kafka().transaction('never-created', () => 'done'), 'done')
    const problem = new Error('no')
    const failing = kafka().transaction('never-created', () => Promise.reject(problem))
    await assert.rejects(failing, problem)
  })

  test('several transactions run at the same time', async () => {
    const topic = await newTopic(2)
    const numbers = Array.from({ length: 12 }, (_, index) => index)
    const runs = numbers.map((number) =>
      kafka().transaction(topic, async (tx) => {
        await tx.send(number, { partition: number % 2 })
        await tx.send(number, { partition: (number + 1) % 2 })
        if (number % 3 === 0) throw new Error('every third')
      }),
    )
    const settled = await Promise.allSettled(runs)
    const reasons = settled.flatMap((run) =>
      run.status === 'rejected' ? [String(run.reason)] : [],
    )
    assert.deepEqual(reasons, Array(4).fill('Error: every third'))
    for (const partition of [0, 1]) await kafka().produce(topic, 'end', { partition })
    const found: unknown[] = []
    let ends = 0
    for await (const { value } of kafka().consumer(topic)) {
      if (value === 'end' && ++ends === 2) break
      if (value !== 'end') found.push(value)
    }
    const expected = numbers
      .filter((number) => number % 3 > 0)
      .flatMap((number) => [number, number])
    assert.deepEqual(
      found.toSorted((a, b) => Number(a) - Number(b)),
      expected,
    )
  })

  test('transactions of one id run one after the other', async () => {
    const [topic, transactionalId] = [await newTopic(), name('id')]
    let openCount = 0
    const one = (value: number) =>
      kafka().transaction(
        topic,
        async (tx) => {
          assert.equal(++openCount, 1)
          await tx.send(value)
          openCount--
        },
        { transactionalId },
      )
    await Promise.all([one(1), one(2), one(3)])
    assert.deepEqual(await values(topic), [1, 2, 3])
  })

  test('initTransactions() takes an id that transactions go on with', async () => {
    const [topic, transactionalId] = [await newTopic(), name('id')]
    await kafka().initTransactions({ transactionalId })
    await kafka().transaction(topic, (tx) => tx.send(1), { transactionalId })
    await kafka().initTransactions({ transactionalId })
    await kafka().transaction(topic, (tx) => tx.send(2), { transactionalId })
    assert.deepEqual(await values(topic), [1, 2])
  })

  test('consume, transform, produce: each record once, whatever is aborted', async () => {
    const [input, output, group] = [await newTopic(), await newTopic(), name('group')]
    await kafka().producer<number>(input).sendBatch([1, 2, 3, 4, 5, 6])
    let failures = 0
    for (let isDone = false; !isDone;) {
      try {
        for await (const record of kafka().consumer<number>(input, { group })) {
          await kafka().transaction(output, async (tx) => {
            await tx.send(record.value * 10)
            tx.commit(record)
            if (record.value % 2 === 0 && failures < record.value / 2) {
              failures++
              throw new Error('again')
            }
          })
          isDone = record.value === 6
          if (isDone) break
        }
      } catch (error) {
        assert.equal((error as Error).message, 'again')
      }
    }
    assert.equal(failures, 3)
    assert.deepEqual(await values(output), [10, 20, 30, 40, 50, 60])
    assert.equal((await kafka().admin.describeGroup(group)).totalLag, 0)
  })

  test('an abort of the signal aborts the transaction, and its work is not waited for', async () => {
    const topic = await newTopic()
    const controller = new AbortController()
    const reason = new Error('enough')
    const running = kafka().transaction(
      topic,
      async (tx) => {
        await tx.send('never')
        controller.abort(reason)
        await new Promise<never>(() => undefined)
      },
      { signal: controller.signal },
    )
    await assert.rejects(running, reason)
    assert.ok(!('maybeApplied' in reason && reason.maybeApplied), 'it is certain')
    assert.deepEqual(await values(topic), [])
  })

  test('a transaction that takes too long is aborted, and the next one goes on', async () => {
    const topic = await newTopic()
    const hanging = kafka().transaction(
      topic,
      async (tx) => {
        await tx.send('never')
        await new Promise<never>(() => undefined)
      },
      { transactionTimeout: transactionTimeoutMs },
    )
    await assert.rejects(hanging, { code: 'timeout', maybeApplied: false })
    await kafka().transaction(topic, (tx) => tx.send('seen'), {
      transactionTimeout: transactionTimeoutMs,
    })
    assert.deepEqual(await values(topic), ['seen'])
  })
}
