/** The part of the SDK's contract that is about topics, groups and configs. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Offset } from '../../src/client/record/offset.ts'
import type { ContractContext } from './contract.ts'

export function adminContract(context: ContractContext): void {
  const { kafka, topic: newTopic, name, create, groupType, calmly } = context
  test('createTopic() creates what describeTopic() then tells', async () => {
    const topic = name('described')
    const { admin } = kafka()
    await create(topic, {
      partitions: 3,
      retentionMs: 604_800_000,
      cleanupPolicy: 'compact',
      configs: { 'segment.bytes': '1048576' },
    })
    const described = await admin.describeTopic(topic)
    assert.equal(described.name, topic)
    assert.equal(described.partitions, 3)
    assert.equal(described.retentionMs, 604_800_000)
    assert.equal(described.cleanupPolicy, 'compact')
    assert.equal(described.segmentBytes, 1_048_576)
    assert.equal(described.config['segment.bytes'], '1048576')
    assert.deepEqual(
      described.partitionDetails.map(({ partition }) => partition),
      [0, 1, 2],
    )
    // What changes something is not asked for again where the answer may be lost.
    await calmly(async () => {
      await assert.rejects(admin.createTopic(topic), { code: 'topic_already_exists' })
    })
  })

  test('createTopic() refuses what cannot be', async () => {
    const { admin } = kafka()
    await calmly(async () => {
      await assert.rejects(admin.createTopic('no/slash'), { code: 'invalid_topic_exception' })
    })
    await assert.rejects(admin.createTopic(name('topic'), { partitions: 0 }), {
      code: 'invalid_option',
      option: 'partitions',
    })
    const misspelt = { retentionMS: 1 } as never
    await assert.rejects(admin.createTopic(name('topic'), misspelt), { option: 'retentionMS' })
  })

  test('listTopics() can be awaited, and gone through with for await', async () => {
    const topic = await newTopic(2)
    const summary = { name: topic, partitions: 2 }
    const all = await kafka().admin.listTopics()
    assert.deepEqual(
      all.filter(({ name }) => name === topic),
      [summary],
    )
    assert.ok(all.every(({ name }) => !name.startsWith('__')))
    const found: unknown[] = []
    for await (const entry of kafka().admin.listTopics()) {
      if (entry.name === topic) found.push(entry)
    }
    assert.deepEqual(found, [summary])
  })

  test('deleteTopic() deletes; what does not exist is an error', async () => {
    const topic = await newTopic()
    const { admin } = kafka()
    // Which broker knows is another one where the one that was asked is gone.
    await calmly(async () => {
      await admin.deleteTopic(topic)
      assert.ok((await admin.listTopics()).every(({ name }) => name !== topic))
      const missing = { code: 'topic_not_found', topic }
      await assert.rejects(admin.deleteTopic(topic), missing)
      await assert.rejects(admin.describeTopic(topic), missing)
      await assert.rejects(admin.listOffsets(topic), missing)
    })
  })

  test('alterTopic() changes what is given, and adds partitions', async () => {
    const topic = await newTopic(1)
    const { admin } = kafka()
    await calmly(async () => {
      await admin.alterTopic(topic, { retentionMs: 2_592_000_000, partitions: 2 })
      const altered = await admin.describeTopic(topic)
      assert.equal(altered.partitions, 2)
      assert.equal(altered.retentionMs, 2_592_000_000)
      await admin.createPartitions(topic, 4)
      assert.equal((await admin.describeTopic(topic)).partitions, 4)
      await assert.rejects(admin.createPartitions(topic, 4), { code: 'invalid_partitions' })
    })
    assert.equal((await kafka().produce(topic, 'x', { partition: 3 })).partition, 3)
  })

  test('listOffsets() gives the ends, and places in time', async () => {
    const topic = await newTopic(2)
    const producer = kafka().producer<number>(topic)
    for (const value of [0, 1, 2]) await producer.send(value, { partition: 0, timestamp: value })
    const { admin } = kafka()
    const offsets = async (offset?: Offset): Promise<number[]> =>
      (await admin.listOffsets(topic, offset)).map(({ offset }) => offset)
    assert.deepEqual(await offsets(), [3, 0])
    assert.deepEqual(await offsets(Offset.earliest), [0, 0])
    assert.deepEqual(await offsets(Offset.timestamp(1)), [1, -1])
  })

  test('deleteRecords() moves the start of a partition', async () => {
    const topic = await newTopic()
    const producer = kafka().producer<number>(topic)
    await producer.sendBatch([1, 2, 3])
    const { admin } = kafka()
    const deleted = await admin.deleteRecords(topic, [{ partition: 0, before: 2 }])
    assert.deepEqual(deleted, [{ topic, partition: 0, startOffset: 2 }])
    const [start] = await admin.listOffsets(topic, 'earliest')
    assert.equal(start?.offset, 2)
    await admin.deleteRecords(topic, [{ partition: 0, before: 'latest' }])
    assert.equal((await admin.listOffsets(topic, 'earliest'))[0]?.offset, 3)
    await assert.rejects(admin.deleteRecords(topic, [{ partition: 0, before: 9 }]), {
      code: 'offset_out_of_range',
    })
  })

  test('groups can be listed, described, reset and deleted', async () => {
    const topic = await newTopic()
    const group = name('group')
    await kafka().producer<number>(topic).sendBatch([0, 1, 2, 3])
    const consumer = kafka().consumer<number>(topic, { group })
    await consumer.next()
    await (await consumer.next())!.commit()

    const { admin } = kafka()
    const described = await admin.describeGroup(group)
    assert.equal(described.state, 'Stable')
    assert.equal(described.type, groupType)
    assert.deepEqual(
      described.members.map(({ partitions }) => partitions),
      [[{ topic, partition: 0 }]],
    )
    assert.deepEqual(described.lag, [{ topic, partition: 0, offset: 2, endOffset: 4, lag: 2 }])
    assert.equal(described.totalLag, 2)
    const isOurs = ({ id }: { id: string }): boolean => id === group
    const [summary] = (await admin.listGroups()).filter(isOurs)
    assert.deepEqual(summary, { id: group, memberCount: 1, state: 'Stable' })
    await assert.rejects(admin.resetOffsets(group, topic, 'earliest'), { code: 'non_empty_group' })
    await consumer.close()

    const reset = await admin.resetOffsets(group, topic, Offset.earliest)
    assert.deepEqual(reset, [{ topic, partition: 0, offset: 0 }])
    assert.equal((await admin.describeGroup(group)).totalLag, 4)
    await admin.resetOffsets(group, topic, { 0: 3 })
    assert.equal((await kafka().consumer<number>(topic, { group }).first())?.value, 3)
    await admin.resetOffsets(group, topic, new Date(Date.now() + 60_000))
    assert.equal((await admin.describeGroup(group)).totalLag, 0)
    await calmly(() => admin.deleteGroup(group))
    assert.deepEqual((await admin.listGroups()).filter(isOurs), [])
    await assert.rejects(admin.describeGroup(group), { code: 'group_id_not_found' })
  })

  test('describeConfigs() lists configs with where they come from', async () => {
    const topic = name('configured')
    await create(topic, { retentionMs: 1000 })
    const configs = await kafka().admin.describeConfigs({ type: 'topic', name: topic })
    const retention = configs.find(({ name }) => name === 'retention.ms')
    assert.equal(retention?.value, '1000')
    assert.equal(retention.isDefault, false)
    assert.ok(configs.some(({ isDefault }) => isDefault))
  })

  test('describeCluster() names the brokers', async () => {
    const { id, brokers } = await kafka().admin.describeCluster()
    assert.notEqual(id, '')
    assert.ok(brokers.length > 0)
    assert.ok(brokers.every(({ host }) => host !== ''))
  })
}
