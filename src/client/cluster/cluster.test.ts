import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ScriptedBroker, drop, settled, topicId } from '../../../test/support/scripted-broker.ts'
import { findCoordinator } from '../../protocol/find-coordinator.ts'
import { listGroups } from '../../protocol/list-groups.ts'
import { metadata } from '../../protocol/metadata.ts'
import { ClosedError, NotLeaderError, TimeoutError } from '../failure/errors.ts'
import { GroupCoordinatorError } from '../failure/errors.ts'
import type { Cluster } from './cluster.ts'
import type { Task } from './task.ts'

const task: Task = { action: 'test', target: 'any' }

/** Lets time pass in small steps until `promise` is settled. */
async function pass<Result>(broker: ScriptedBroker, promise: Promise<Result>): Promise<Result> {
  let isSettled = false
  const mark = (): void => void (isSettled = true)
  promise.then(mark, mark)
  for (let step = 0; step < 1000 && !isSettled; step++) {
    await settled()
    if (!isSettled) broker.clock.advance(100)
  }
  return promise
}

/** Runs an operation that fails with each of `errors` in turn, then succeeds. */
async function runFailing(cluster: Cluster, errors: readonly Error[], options: Partial<Task> = {}) {
  let attempts = 0
  const result = await cluster.run({ ...task, ...options }, async () => {
    const error = errors[attempts++]
    if (error) throw error
    return attempts
  })
  return result
}

test('topic() fetches metadata once for all who ask', async () => {
  const broker = new ScriptedBroker().withTopics({ orders: 3, payments: 1 })
  const cluster = broker.cluster()
  const topics = await Promise.all(
    ['orders', 'payments', 'orders'].map((name) => cluster.topic(name)),
  )
  assert.deepEqual(
    topics.map(({ partitions }) => partitions.length),
    [3, 1, 3],
  )
  await cluster.topic('orders')
  assert.equal(broker.requests(metadata).length, 1)
})

test('topic() fetches metadata again when it is old', async () => {
  const broker = new ScriptedBroker().withTopics({ orders: 1 })
  const cluster = broker.cluster()
  await cluster.topic('orders')
  broker.clock.advance(5 * 60_000)
  await cluster.topic('orders')
  assert.equal(broker.requests(metadata).length, 2)
})

test('topic() waits for a topic that is being created, and not for ever', async () => {
  const broker = new ScriptedBroker().withTopics({})
  const cluster = broker.cluster({ retries: 2 })
  const missing = { code: 'topic_not_found', topic: 'orders' }
  await assert.rejects(pass(broker, cluster.topic('orders')), missing)
  assert.equal(broker.requests(metadata).length, 3)
  assert.equal(broker.requests(metadata)[0]!.allowAutoTopicCreation, true)
  const found = cluster.topic('orders')
  await settled()
  broker.withTopics({ orders: 1 })
  assert.equal((await pass(broker, found)).partitions.length, 1)
})

test('topic() waits for a topic that was there, while brokers have not heard of it', async () => {
  const broker = new ScriptedBroker().withTopics({ orders: 1 })
  const cluster = broker.cluster()
  await cluster.topic('orders')
  cluster.forgetTopic('orders')
  broker.withTopics({})
  const found = cluster.topic('orders')
  for (let second = 0; second < 20; second++) {
    await settled()
    broker.clock.advance(1000)
  }
  broker.withTopics({ orders: 1 })
  await pass(broker, found)
})

test('topic() can leave a topic uncreated', async () => {
  const broker = new ScriptedBroker().withTopics({})
  const cluster = broker.cluster()
  const looking = cluster.topic('orders', { mayCreate: false })
  await assert.rejects(looking, { code: 'topic_not_found' })
  assert.equal(broker.requests(metadata).length, 1)
  assert.equal(broker.requests(metadata)[0]!.allowAutoTopicCreation, false)
})

test('topic() creates none where the program does not want that', async () => {
  const broker = new ScriptedBroker().withTopics({})
  const cluster = broker.cluster({ allowAutoTopicCreation: false, retries: 1 })
  const looking = pass(broker, cluster.topic('orders'))
  await assert.rejects(looking, { code: 'topic_not_found', topic: 'orders' })
  const asked = broker.requests(metadata).map((request) => request.allowAutoTopicCreation)
  assert.deepEqual(asked, [false, false])
})

test('leaderOf() knows partitions that there are not from those without a leader', async () => {
  const broker = new ScriptedBroker().withTopics({ orders: 1 })
  const cluster = broker.cluster()
  const topic = await cluster.topic('orders')
  assert.equal(cluster.leaderOf(topic, 0), 1)
  assert.throws(() => cluster.leaderOf(topic, 1), { code: 'partition_not_found', partition: 1 })
  const leaderless = { ...topic, partitions: [{ leader: -1, epoch: 0 }] }
  assert.throws(() => cluster.leaderOf(leaderless, 0), { code: 'not_leader' })
})

test('what a broker says of a leader that another has followed is not believed', async () => {
  let [leaderId, leaderEpoch] = [1, 4]
  const broker = new ScriptedBroker().on(metadata, ({ topics }) => ({
    brokers: [1, 2].map((nodeId) => ({ nodeId, host: `broker-${nodeId}`, port: 9092 })),
    controllerId: 1,
    clusterId: 'scripted',
    topics: topics!.map(({ name }) => ({
      errorCode: 0,
      name,
      topicId: topicId(name!),
      partitions: [
        {
          errorCode: 0,
          partitionIndex: 0,
          leaderId,
          leaderEpoch,
          replicaNodes: [1, 2],
          isrNodes: [1, 2],
        },
      ],
    })),
  }))
  const cluster = broker.cluster()
  const leaders: number[] = []
  for ([leaderId, leaderEpoch] of [
    [1, 4],
    [2, 5],
    [1, 4],
    [2, 5],
    [1, 6],
  ] as const) {
    cluster.forgetTopic('orders')
    const { partitions } = await cluster.topic('orders')
    leaders.push(partitions[0]!.leader)
  }
  assert.deepEqual(leaders, [1, 2, -1, 2, 1])
  assert.equal(cluster.currentLeaderEpoch('orders', 0), 6)
  assert.equal(cluster.currentLeaderEpoch('orders', 1), -1)
  await cluster.close()
})

test('brokers that give no topic ids are believed, whatever epochs other topics have', async () => {
  const epochs: Readonly<Record<string, number>> = { orders: 5, payments: 2 }
  const describe = ({ name }: { readonly name: string | null }) => {
    const leader = { leaderId: 1, leaderEpoch: epochs[name!]!, replicaNodes: [1], isrNodes: [1] }
    return { errorCode: 0, name, partitions: [{ errorCode: 0, partitionIndex: 0, ...leader }] }
  }
  const broker = new ScriptedBroker().on(
    metadata,
    ({ topics }) => ({
      brokers: [{ nodeId: 1, host: 'broker-1', port: 9092 }],
      controllerId: 1,
      clusterId: 'scripted',
      topics: topics!.map(describe),
    }),
    9,
  )
  const cluster = broker.cluster()
  for (const name of ['orders', 'payments']) {
    const { partitions } = await cluster.topic(name)
    assert.deepEqual(partitions, [{ leader: 1, epoch: epochs[name] }])
  }
})

test('a topic that one broker does not know is asked for at another', async () => {
  const broker = new ScriptedBroker().on(metadata, ({ topics }) => ({
    brokers: [1, 2].map((nodeId) => ({ nodeId, host: `broker-${nodeId}`, port: 9092 })),
    controllerId: 1,
    clusterId: 'scripted',
    topics: topics!.map(({ name }) => ({ errorCode: 3, name, partitions: [] })),
  }))
  const found = pass(broker, broker.cluster({ retries: 2 }).topic('orders'))
  await assert.rejects(found, { code: 'topic_not_found', topic: 'orders' })
  assert.deepEqual(broker.dialled, ['broker-1:9092', 'broker-2:9092'])
})

test('run() tries again what may pass, as often as it may', async () => {
  const broker = new ScriptedBroker()
  const cluster = broker.cluster({ retries: 2 })
  const error = new TimeoutError('late')
  assert.equal(await pass(broker, runFailing(cluster, [error, error])), 3)
  await assert.rejects(pass(broker, runFailing(cluster, [error, error, error])), error)
})

test('run() waits for a new leader while there is time', async () => {
  const broker = new ScriptedBroker()
  const error = new NotLeaderError('moved')
  const errors = [error, error, error, error]
  assert.equal(await pass(broker, runFailing(broker.cluster({ retries: 1 }), errors)), 5)
  await assert.rejects(runFailing(broker.cluster({ retries: 0 }), errors), error)
})

test('run() does not try again what cannot pass', async () => {
  const cluster = new ScriptedBroker().cluster()
  for (const error of [new ClosedError('closed'), new Error('a bug')]) {
    await assert.rejects(runFailing(cluster, [error]), error)
  }
})

test('run() does not do again what may have been done, unless that is harmless', async () => {
  const broker = new ScriptedBroker()
  const cluster = broker.cluster()
  const lost = new TimeoutError('no answer', { maybeApplied: true })
  const unsent = new TimeoutError('not sent')
  await assert.rejects(runFailing(cluster, [lost], { isRepeatable: false }), lost)
  assert.equal(await pass(broker, runFailing(cluster, [unsent], { isRepeatable: false })), 2)
  assert.equal(await pass(broker, runFailing(cluster, [lost])), 2)
})

test('run() ends when its time is over, saying what was in the way', async () => {
  const broker = new ScriptedBroker()
  const cluster = broker.cluster({ retries: 1000 })
  const error = new NotLeaderError('moved')
  const errors = Array.from({ length: 1000 }, () => error)
  const running = runFailing(cluster, errors, { timeout: '3s', action: 'find the leader' })
  await assert.rejects(pass(broker, running), {
    code: 'timeout',
    message: 'cannot find the leader: 3000 ms have passed',
    cause: error,
  })
})

test('run() ends when its signal is aborted', async () => {
  const broker = new ScriptedBroker().on(listGroups, () => undefined)
  const controller = new AbortController()
  const running = broker
    .cluster()
    .run({ ...task, signal: controller.signal }, (attempt) =>
      attempt.channel.request(listGroups, {}, { signal: attempt.signal }),
    )
  await settled()
  controller.abort(new Error('enough'))
  await assert.rejects(running, { message: 'enough' })
})

test('run() says whether what was given up may have been done', async () => {
  const broker = new ScriptedBroker().on(listGroups, () => undefined)
  const cluster = broker.cluster({ timeout: '5s' })
  const asked = cluster.run(task, ({ channel, signal }) =>
    channel.request(listGroups, {}, { signal }),
  )
  await assert.rejects(pass(broker, asked), { code: 'timeout', maybeApplied: true })
  const controller = new AbortController()
  const aborted = cluster.run({ ...task, signal: controller.signal }, ({ channel, signal }) =>
    channel.request(listGroups, {}, { signal }),
  )
  await settled()
  controller.abort()
  await assert.rejects(aborted, { name: 'AbortError', maybeApplied: true })
  broker.down.add('broker-1:9092')
  broker.disconnect()
  const unasked = cluster.run(task, ({ channel }) => channel.request(listGroups, {}))
  await assert.rejects(pass(broker, unasked), { code: 'timeout', maybeApplied: false })
})

test('run() leaves a connection behind that was silent until the time was up', async () => {
  const broker = new ScriptedBroker().on(listGroups, () => ({ errorCode: 0, groups: [] }))
  const cluster = broker.cluster()
  const list = () =>
    cluster.run(task, ({ channel, signal }) => channel.request(listGroups, {}, { signal }))
  await list()
  broker.frozen.add('broker-1:9092')
  await assert.rejects(pass(broker, list()), { code: 'timeout', maybeApplied: true })
  broker.frozen.clear()
  await list()
  assert.equal(broker.dialled.length, 2)
})

test('run() goes on with another address where one does not answer', async () => {
  const broker = new ScriptedBroker()
  broker.down.add('b1:9092')
  const cluster = broker.cluster({ url: 'kafka://b1,b2' })
  assert.equal(await cluster.run(task, async ({ channel }) => channel.name), 'b2:9092')
})

test('run() waits for a broker that was there before, as long as there is time', async () => {
  const broker = new ScriptedBroker().withTopics({})
  const cluster = broker.cluster({ retries: 1 })
  await cluster.run(task, async () => {})
  broker.down.add('broker-1:9092')
  broker.disconnect()
  await settled()
  const running = cluster.run(task, async () => 'there again')
  for (let step = 0; step < 50; step++) {
    await settled()
    broker.clock.advance(100)
  }
  broker.down.clear()
  assert.equal(await pass(broker, running), 'there again')
})

test('run() says soon that a broker was never there', async () => {
  const broker = new ScriptedBroker()
  broker.down.add('broker-1:9092')
  const running = pass(
    broker,
    broker.cluster({ retries: 2 }).run(task, async () => {}),
  )
  await assert.rejects(running, { code: 'disconnected' })
  assert.equal(broker.dialled.length, 3)
})

test('a coordinator is looked up once, and again after an error', async () => {
  let nodeId = 1
  const broker = new ScriptedBroker().on(findCoordinator, ({ coordinatorKeys: [key = ''] }) => ({
    coordinators: [{ key, nodeId, host: `broker-${nodeId}`, port: 9092, errorCode: 0 }],
  }))
  const cluster = broker.cluster()
  const target = { group: 'g' }
  const name = async (): Promise<string> =>
    cluster.run({ ...task, target }, async ({ channel }) => channel.name)
  assert.equal(await name(), 'broker-1:9092')
  assert.equal(await name(), 'broker-1:9092')
  assert.equal(broker.requests(findCoordinator).length, 1)
  nodeId = 2
  let attempts = 0
  const moved = cluster.run({ ...task, target }, async ({ channel }) => {
    if (attempts++ === 0) throw new NotLeaderError('not the coordinator')
    return channel.name
  })
  assert.equal(await pass(broker, moved), 'broker-2:9092')
})

test('a coordinator that has moved is looked up anew, though nothing is tried again', async () => {
  let nodeId = 1
  const broker = new ScriptedBroker().on(findCoordinator, ({ coordinatorKeys: [key = ''] }) => ({
    coordinators: [{ key, nodeId, host: `broker-${nodeId}`, port: 9092, errorCode: 0 }],
  }))
  const cluster = broker.cluster({ retries: 0 })
  const target = { group: 'g' }
  const moved = new GroupCoordinatorError('moved')
  await assert.rejects(
    cluster.run({ ...task, target }, () => Promise.reject(moved)),
    moved,
  )
  nodeId = 2
  const name = cluster.run({ ...task, target }, async ({ channel }) => channel.name)
  assert.equal(await name, 'broker-2:9092')
})

test('a coordinator is found with the old form of the request too', async () => {
  const broker = new ScriptedBroker().on(
    findCoordinator,
    () => ({ errorCode: 0, nodeId: 7, host: 'seven', port: 9092 }),
    3,
  )
  await broker.cluster().run({ ...task, target: { group: 'g' } }, async () => {})
  assert.equal(broker.dialled.at(-1), 'seven:9092')
})

test('behind HTTP all brokers are reached at the address of the URL', async () => {
  const broker = new ScriptedBroker().withTopics({ orders: 1 })
  const cluster = broker.cluster({ url: 'http://gateway:8080' })
  await cluster.topic('orders')
  await cluster.run({ ...task, target: { node: 1 } }, async () => {})
  await cluster.run({ ...task, target: 'controller' }, async () => {})
  assert.deepEqual(new Set(broker.dialled), new Set(['gateway:8080']))
})

test('one request at a time that fails does not fail the others of its connection', async () => {
  let count = 0
  const broker = new ScriptedBroker().on(listGroups, () =>
    ++count === 1 ? drop : { errorCode: 0, groups: [] },
  )
  const cluster = broker.cluster()
  const ask = () => cluster.run(task, ({ channel }) => channel.request(listGroups, {}))
  const both = Promise.all([ask(), ask()])
  assert.equal((await pass(broker, both)).length, 2)
})
