/** The part of the SDK's contract that is about consumer groups. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import type { Consumer } from '../../src/client/consumer/consumer.ts'
import type { ContractContext } from './contract.ts'

export function groupsContract(context: ContractContext): void {
  const { kafka, topic: newTopic, name, create, calmly, isCalm, groupType } = context
  /** Creates a topic with the values 0, 1, 2, … in partition 0. */
  async function numbers(count: number): Promise<string> {
    const topic = await newTopic()
    const values = Array.from({ length: count }, (_, value) => value)
    await kafka().producer<number>(topic).sendBatch(values)
    return topic
  }

  const firstOf = async (topic: string, group: string): Promise<number | undefined> =>
    (await kafka().consumer<number>(topic, { group }).first())?.value

  test('a group goes on behind the record that was committed', async () => {
    const topic = await numbers(5)
    const group = name('group')
    for await (const record of kafka().consumer<number>(topic, { group })) {
      if (record.value === 2) await record.commit()
      if (record.value === 3) break
    }
    assert.equal(await firstOf(topic, group), 3)
  })

  test('a group that commits nothing begins again', async () => {
    const topic = await numbers(2)
    const group = name('group')
    assert.equal(await firstOf(topic, group), 0)
    assert.equal(await firstOf(topic, group), 0)
  })

  test('commitAsync() commits before the consumer is closed', async () => {
    const topic = await numbers(3)
    const group = name('group')
    for await (const record of kafka().consumer<number>(topic, { group })) {
      record.commitAsync()
      if (record.value === 1) break
    }
    assert.equal(await firstOf(topic, group), 2)
  })

  test('a commit is not taken back by that of an earlier record', async () => {
    const topic = await numbers(3)
    const group = name('group')
    const consumer = kafka().consumer<number>(topic, { group })
    const [zero, one, two] = [await consumer.next(), await consumer.next(), await consumer.next()]
    await Promise.all([one!.commit(), zero!.commit()])
    await zero!.commit()
    assert.equal(two?.value, 2)
    await consumer.close()
    assert.equal(await firstOf(topic, group), 2)
    await assert.rejects(two.commit(), { code: 'closed' })
  })

  test('autoCommit commits the records before the one in hand, and that only', async () => {
    const topic = await numbers(5)
    const group = name('group')
    for await (const { value } of kafka().consumer<number>(topic, { group, autoCommit: true })) {
      if (value === 2) break
    }
    assert.equal(await firstOf(topic, group), 2)
  })

  test('autoCommit commits all that take() let through', async () => {
    const topic = await numbers(5)
    const group = name('group')
    const seen: number[] = []
    const consumer = kafka().consumer<number>(topic, { group, autoCommit: true })
    await consumer.take(3).forEach(({ value }) => seen.push(value))
    assert.deepEqual(seen, [0, 1, 2])
    assert.equal(await firstOf(topic, group), 3)
  })

  test('consume() runs a handler and commits what it has done', async () => {
    const topic = await numbers(5)
    const group = name('group')
    const seen: number[] = []
    const controller = new AbortController()
    await kafka().consume<number>(topic, { group, signal: controller.signal }, ({ value }) => {
      seen.push(value)
      if (value === 3) controller.abort()
    })
    assert.deepEqual(seen, [0, 1, 2, 3])
    const failing = kafka().consume<number>(topic, { group }, () => {
      throw new Error('cannot work')
    })
    await assert.rejects(failing, /cannot work/)
    assert.equal(await firstOf(topic, group), 4)
  })

  test('batches are committed as a whole', async () => {
    const topic = await numbers(20)
    const group = name('group')
    const consumer = kafka().batchConsumer<number>(topic, { group, batchSize: 8 })
    for await (const batch of consumer) {
      await batch.commit()
      break
    }
    assert.equal(await firstOf(topic, group), 8)
  })

  test('members share the partitions, and one that leaves hands its own over', async () => {
    const topic = await newTopic(4)
    const group = name('group')
    const producer = kafka().producer<number>(topic)
    const seen = new Map<number, string[]>()
    const consumers = new Map<string, Consumer<number>>()
    const run = async (member: string): Promise<void> => {
      const consumer = kafka().consumer<number>(topic, { group, autoCommit: true })
      consumers.set(member, consumer)
      for await (const { value } of consumer) {
        seen.set(value, [...(seen.get(value) ?? []), member])
      }
    }
    let sent = 0
    /** Sends to all partitions, one record at a time, until all was read and `isDone` holds. */
    const sendUntil = async (isDone: () => boolean): Promise<void> => {
      while (!isDone()) {
        const value = sent++
        await producer.send(value, { partition: value % 4 })
        // At least once, since a broker in this process answers before any timer can run.
        do await new Promise((resolve) => setImmediate(resolve))
        while (!seen.has(value))
      }
    }
    const assigned = (member: string): number => consumers.get(member)!.assignment().length

    const first = run('first')
    await sendUntil(() => assigned('first') === 4)
    const second = run('second')
    await sendUntil(() => assigned('first') === 2 && assigned('second') === 2)
    const { members } = await kafka().admin.describeGroup(group)
    assert.deepEqual(
      members.map(({ partitions }) => partitions.length),
      [2, 2],
    )
    await sendUntil(() => seen.get(sent - 1)?.[0] === 'second')
    // The next coordinator of a classic group takes one that has just left for a member that is
    // there, and each one after it, until nobody has heard of it for a session.
    await calmly(async () => {
      await consumers.get('second')!.close()
      await second
      await sendUntil(() => assigned('first') === 4)
    })
    await consumers.get('first')!.close()
    await first
    const more = [...seen].filter(([, members]) => members.length > 1)
    // A member that its coordinator does not know any more begins at what was committed.
    if (isCalm) assert.deepEqual(more, [], 'each record was read by one member, once')
    assert.equal(seen.size, sent)
  })

  test('a group reads partitions that are added while it reads', async () => {
    await calmly(async () => {
      const client = await context.open({ metadataMaxAge: '100ms' })
      const { kafka } = client
      const topic = name('topic')
      await kafka.admin.createTopic(topic, { partitions: 1 })
      const consumer = kafka.consumer<number>(topic, { group: name('group') })
      const first = consumer.next()
      while (consumer.assignment().length === 0) await setTimeout(5)
      await kafka.admin.createPartitions(topic, 2)
      await kafka.producer<number>(topic).send(1, { partition: 1 })
      assert.equal((await first)?.value, 1)
      await client.close()
    })
  })

  for (const group of [undefined, 'readers']) {
    const who = group ? 'a group' : 'a consumer without a group'
    test(`${who} reads a topic that is created anew from its beginning`, async () => {
      await calmly(async () => {
        const topic = await numbers(3)
        const config = group ? { group: name(group), autoCommit: true } : {}
        const consumer = kafka().consumer<number>(topic, config)
        const seen: number[] = []
        const ended = consumer.forEach(({ value }) => seen.push(value))
        while (seen.length < 3) await setTimeout(5)
        await kafka().admin.deleteTopic(topic)
        await create(topic, { partitions: 1 })
        // More than there were: the place where the consumer was is there again.
        await kafka().producer<number>(topic).sendBatch([10, 11, 12, 13, 14])
        while (seen.length < 8) await setTimeout(5)
        assert.deepEqual(seen, [0, 1, 2, 10, 11, 12, 13, 14])
        await consumer.close()
        await ended
      })
    })
  }

  // Before OffsetCommit 10, which Apache Kafka has from 4.1 on, there are only names.
  if (groupType === 'consumer') {
    test('what was read of a topic that is gone is not committed for the next one', async () => {
      await calmly(async () => {
        const topic = await numbers(3)
        const group = name('group')
        const consumer = kafka().consumer<number>(topic, { group })
        const record = await consumer.next()
        await kafka().admin.deleteTopic(topic)
        await create(topic, { partitions: 1 })
        await kafka().producer<number>(topic).sendBatch([10, 11, 12])
        await assert.rejects(record!.commit())
        await consumer.close()
        assert.equal(await firstOf(topic, group), 10)
      })
    })
  }

  test('a record of a partition that was handed over cannot be committed any more', async () => {
    // Where its coordinator goes, a member may lose what it was to keep.
    await calmly(async () => {
      const topic = await newTopic(2)
      const group = name('group')
      const producer = kafka().producer<number>(topic)
      for (const partition of [0, 1]) await producer.send(partition, { partition })
      const first = kafka().consumer<number>(topic, { group })
      const records = [await first.next(), await first.next()]
      const second = kafka().consumer<number>(topic, { group })
      const taken = second.next()
      let isTaken = false
      void taken.then(() => (isTaken = true))
      // To ask for more says that the record in hand is done with, so that it can be handed over.
      while (!isTaken) await first.next({ timeout: '10ms' }).catch(() => undefined)
      const record = await taken
      const lost = records.find((candidate) => candidate?.partition === record?.partition)
      const kept = records.find((candidate) => candidate?.partition !== record?.partition)
      await assert.rejects(lost!.commit(), { code: 'rebalance_in_progress', retriable: false })
      await kept!.commit()
      await record!.commit()
      await Promise.all([first.close(), second.close()])
    })
  })
}
