/** The part of the SDK's contract that is about brokers: configs, replicas, disks, transactions. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ConfigResource } from '../../src/client/admin/admin-configs.ts'
import { Offset } from '../../src/client/record/offset.ts'
import type { ContractContext } from './contract.ts'

export function operatingContract(context: ContractContext): void {
  configsContract(context)
  replicasContract(context)
  transactionsContract(context)
  quotasContract(context)
}

function configsContract({ kafka, topic: newTopic, calmly }: ContractContext): void {
  const find = async (resource: ConfigResource, name: string) => {
    const configs = await kafka().admin.describeConfigs(resource)
    const found = configs.find((config) => config.name === name)
    return found && [found.value, found.source]
  }

  test('alterConfigs() sets configs of a topic, and takes them back', async () => {
    const resource = { type: 'topic', name: await newTopic() } as const
    const { admin } = kafka()
    await calmly(async () => {
      const before = await find(resource, 'retention.ms')
      await admin.alterConfigs(resource, { 'retention.ms': 70_000, 'cleanup.policy': 'compact' })
      const source = 'DYNAMIC_TOPIC_CONFIG'
      assert.deepEqual(await find(resource, 'retention.ms'), ['70000', source])
      await admin.alterConfigs(resource, { 'retention.ms': null })
      assert.deepEqual(await find(resource, 'retention.ms'), before)
      assert.deepEqual(await find(resource, 'cleanup.policy'), ['compact', source])
      const bad = { 'retention.ms': 'soon' }
      await assert.rejects(admin.alterConfigs(resource, bad), { code: 'invalid_config' })
    })
  })

  test('alterConfigs() sets configs of one broker, and of all', async () => {
    const { admin } = kafka()
    const config = 'log.segment.delete.delay.ms'
    await calmly(async () => {
      const { brokers } = await admin.describeCluster()
      const resource = { type: 'broker', name: String(brokers.at(-1)!.id) } as const
      const all = { type: 'broker' } as const
      const before = await find(resource, config)
      await admin.alterConfigs(all, { [config]: 60_001 })
      const ofAll = ['60001', 'DYNAMIC_DEFAULT_BROKER_CONFIG']
      assert.deepEqual(await find(all, config), ofAll)
      assert.deepEqual(await find(resource, config), ofAll)
      await admin.alterConfigs(resource, { [config]: 60_002 })
      assert.deepEqual(await find(resource, config), ['60002', 'DYNAMIC_BROKER_CONFIG'])
      assert.deepEqual(await find(all, config), ofAll)
      await admin.alterConfigs(resource, { [config]: null })
      assert.deepEqual(await find(resource, config), ofAll)
      await admin.alterConfigs(all, { [config]: null })
      assert.equal(await find(all, config), undefined)
      assert.deepEqual(await find(resource, config), before)
    })
  })

  test('alterConfigs() refuses what only a start can set, and a resource without a name', async () => {
    const { admin } = kafka()
    await calmly(async () => {
      const { brokers } = await admin.describeCluster()
      const resource = { type: 'broker', name: String(brokers[0]!.id) } as const
      const fixed = admin.alterConfigs(resource, { 'transaction.max.timeout.ms': 70_000 })
      await assert.rejects(fixed, { code: 'invalid_request' })
    })
    const unnamed = { code: 'invalid_option', option: 'name' }
    await assert.rejects(admin.alterConfigs({ type: 'topic' }, {}), unnamed)
    await assert.rejects(admin.describeConfigs({ type: 'broker', name: 'first' }), unnamed)
  })
}

function replicasContract({ kafka, name, topic: newTopic, calmly }: ContractContext): void {
  test('createTopic() puts partitions where assignments say', async () => {
    const topic = name('assigned')
    const { admin } = kafka()
    await calmly(async () => {
      const { brokers } = await admin.describeCluster()
      const [first, last] = [brokers[0]!.id, brokers.at(-1)!.id]
      await admin.createTopic(topic, { assignments: { 0: [last], 1: [first] } })
      const { partitionDetails } = await admin.describeTopic(topic)
      assert.deepEqual(
        partitionDetails.map(({ leader, replicas }) => [leader, replicas]),
        [
          [last, [last]],
          [first, [first]],
        ],
      )
    })
    const assignments = { 0: [1] }
    const twice = { code: 'invalid_option', option: 'partitions' }
    await assert.rejects(admin.createTopic(topic, { partitions: 1, assignments }), twice)
    const expected = { code: 'invalid_option', option: 'assignments' }
    await assert.rejects(admin.alterTopic(topic, { assignments }), expected)
  })

  test('reassignPartitions() refuses brokers that there are not, and moves that end nothing', async () => {
    const topic = await newTopic()
    const { admin } = kafka()
    await calmly(async () => {
      const { partitionDetails } = await admin.describeTopic(topic)
      const { replicas } = partitionDetails[0]!
      await admin.reassignPartitions(topic, { 0: replicas })
      assert.deepEqual(await admin.listReassignments([topic]), [])
      await assert.rejects(admin.reassignPartitions(topic, { 0: [4711] }), {
        code: 'invalid_replica_assignment',
        topic,
        partition: 0,
      })
      await assert.rejects(admin.reassignPartitions(topic, { 0: null }), {
        code: 'no_reassignment_in_progress',
      })
      const missing = name('missing')
      await assert.rejects(admin.reassignPartitions(missing, { 0: replicas }), {
        code: 'topic_not_found',
        topic: missing,
      })
    })
  })

  test('electLeaders() leaves leaders that are the preferred ones', async () => {
    const topic = await newTopic(2)
    const { admin } = kafka()
    await calmly(async () => {
      await admin.electLeaders(topic)
      assert.deepEqual(await admin.electLeaders(topic), [])
      assert.deepEqual(await admin.electLeaders(topic, { partitions: [1], type: 'unclean' }), [])
      assert.deepEqual(await admin.electLeaders(undefined, { type: 'unclean' }), [])
      await assert.rejects(admin.electLeaders(name('missing')), { code: 'topic_not_found' })
      const beyond = admin.electLeaders(topic, { partitions: [7] })
      await assert.rejects(beyond, { code: 'partition_not_found' })
    })
    const unknown = { type: 'other' } as never
    await assert.rejects(admin.electLeaders(topic, unknown), { option: 'type' })
  })

  test('describeLogDirs() tells how large each replica is', async () => {
    const topic = await newTopic()
    await kafka().produce(topic, 'x'.repeat(1000))
    const { admin } = kafka()
    await calmly(async () => {
      const folders = await admin.describeLogDirs()
      const { brokers } = await admin.describeCluster()
      assert.deepEqual(new Set(folders.map(({ broker }) => broker)), new Set(brokers.map(idOf)))
      assert.ok(folders.every(({ isOffline, path }) => !isOffline && path !== ''))
      const { partitionDetails } = await admin.describeTopic(topic)
      const { leader, replicas } = partitionDetails[0]!
      const found = folders.flatMap(({ broker, replicas }) =>
        replicas
          .filter((replica) => replica.topic === topic)
          .map((replica) => ({ broker, ...replica })),
      )
      assert.deepEqual(new Set(found.map(({ broker }) => broker)), new Set(replicas))
      const ofLeader = found.find(({ broker }) => broker === leader)
      assert.ok(ofLeader!.sizeBytes > 1000, `it is ${ofLeader!.sizeBytes} bytes`)
      assert.equal(ofLeader!.isFuture, false)
    })
  })
}

function idOf({ id }: { readonly id: number }): number {
  return id
}

function transactionsContract(context: ContractContext): void {
  const { kafka, name, topic: newTopic, calmly } = context
  test('transactions that are open are listed and described; one that hangs is aborted', async () => {
    const topic = await newTopic()
    const transactionalId = name('writer')
    const { admin } = kafka()
    const end = async (): Promise<number> => {
      const [found] = await admin.listOffsets(topic, Offset.latest, { isolation: 'read_committed' })
      return found!.offset
    }
    await calmly(async () => {
      const given = new Error('given up')
      const transaction = kafka().transaction(
        topic,
        async (tx) => {
          await tx.send('x')
          const ongoing = await admin.listTransactions({ states: ['Ongoing'] })
          const listed = ongoing.find((found) => found.transactionalId === transactionalId)
          const described = await admin.describeTransaction(transactionalId)
          const { producerId, coordinator, producerEpoch } = described
          const state = 'Ongoing'
          assert.deepEqual(listed, { transactionalId, producerId, state, coordinator })
          const old = await admin.listTransactions({ openFor: '1h' })
          assert.ok(old.every((found) => found.transactionalId !== transactionalId))
          assert.equal(described.state, state)
          assert.deepEqual(described.partitions, [{ topic, partition: 0 }])
          assert.ok(described.startTimestamp !== null && described.timeoutMs > 0)
          const [open] = await admin.describeProducers(topic)
          const { transactionStartOffset } = open!
          assert.deepEqual([open?.producerId, transactionStartOffset], [producerId, 0])
          assert.equal(open?.producerEpoch, producerEpoch)
          assert.equal(await end(), 0)
          await admin.abortTransaction(open)
          const [ended] = await admin.describeProducers(topic)
          assert.equal(ended?.transactionStartOffset, null)
          assert.equal(await end(), 2)
          throw given
        },
        { transactionalId },
      )
      await assert.rejects(transaction, given)
      assert.match((await admin.describeTransaction(transactionalId)).state, /Abort$/)
    })
    const unknown = async () => admin.listTransactions({ states: ['Sleeping'] })
    await assert.rejects(unknown, { option: 'states' })
    const missing = admin.describeTransaction(name('nobody'))
    await assert.rejects(missing, { code: 'transactional_id_not_found' })
  })

  test('deleteGroupOffsets() forgets how far a group has read a topic', async () => {
    const [topic, other] = [await newTopic(2), await newTopic()]
    const group = name('group')
    const { admin } = kafka()
    await admin.resetOffsets(group, topic, { 0: 0, 1: 0 })
    await admin.resetOffsets(group, other, { 0: 0 })
    const committed = async (): Promise<string[]> => {
      const { lag } = await admin.describeGroup(group)
      return lag.map(({ topic, partition }) => `${topic}/${partition}`).sort()
    }
    await admin.deleteGroupOffsets(group, topic, { partitions: [1] })
    assert.deepEqual(await committed(), [`${topic}/0`, `${other}/0`].sort())
    await admin.deleteGroupOffsets(group, topic)
    assert.deepEqual(await committed(), [`${other}/0`])
    await kafka().produce(other, 'x')
    const consumer = kafka().consumer(other, { group })
    await calmly(async () => {
      assert.equal((await consumer.next())?.offset, 0)
      const deleting = admin.deleteGroupOffsets(group, other)
      await assert.rejects(deleting, { code: 'group_subscribed_to_topic', group })
    })
    await consumer.close()
  })
}

function quotasContract({ kafka, name, calmly }: ContractContext): void {
  test('alterQuotas() sets quotas, and takes them back', async () => {
    const { admin } = kafka()
    const user = name('user')
    const entity = { user, clientId: null }
    await calmly(async () => {
      await admin.alterQuotas(entity, { producer_byte_rate: 1e6, request_percentage: 50.5 })
      await admin.alterQuotas({ user }, { consumer_byte_rate: 2e6 })
      const ofBoth = { entity, quotas: { producer_byte_rate: 1e6, request_percentage: 50.5 } }
      const ofUser = { entity: { user }, quotas: { consumer_byte_rate: 2e6 } }
      const all = await admin.describeQuotas({ user })
      assert.equal(all.length, 2)
      assert.deepEqual(await admin.describeQuotas({ user, clientId: null }), [ofBoth])
      assert.deepEqual(await admin.describeQuotas({ user, isStrict: true }), [ofUser])
      const any = await admin.describeQuotas({ user: true, clientId: true })
      assert.ok(any.some((found) => found.entity.user === user))
      await admin.alterQuotas(entity, { producer_byte_rate: null, request_percentage: null })
      await admin.alterQuotas({ user }, { consumer_byte_rate: null })
      assert.deepEqual(await admin.describeQuotas({ user }), [])
      const wrong = admin.alterQuotas({ user }, { connection_creation_rate: 1 })
      await assert.rejects(wrong, { code: 'invalid_request' })
    })
    await assert.rejects(admin.alterQuotas({}, {}), { option: 'entity' })
  })
}
