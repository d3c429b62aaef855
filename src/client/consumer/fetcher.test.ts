import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ScriptedBroker, settled, topicId } from '../../../test/support/scripted-broker.ts'
import { zeroUuid } from '../../bytes/uuid.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { fetch } from '../../protocol/fetch.ts'
import { metadata } from '../../protocol/metadata.ts'
import { writeBatch } from '../../record/batch-writer.ts'
import { stampBatch } from '../../record/batch.ts'
import { silentLogger, type Facts, type Logger } from '../../runtime/runtime.ts'
import type { KafkaError } from '../failure/errors.ts'
import { json } from '../record/serde.ts'
import { AssignedPartition, noGroup } from './assigned-partition.ts'
import { Fetcher } from './fetcher.ts'

/** Two brokers, each of which leads one partition of `orders`. */
class Rig {
  readonly broker = new ScriptedBroker()
  readonly partitions: AssignedPartition[]
  readonly fetcher: Fetcher
  /** By partition. */
  readonly leaders: number[]
  readonly errors: KafkaError[] = []
  readonly warnings: (Facts | undefined)[] = []
  /** Of the topic, as metadata tells it; fetches of others are refused. */
  id = topicId('orders')
  /** Partitions that were said to be of another topic now. */
  readonly replaced: AssignedPartition[] = []
  /** What a fetch of a partition is answered with. */
  readonly errorCodes = [0, 0]
  /** Records that there are of each partition; an answer has room for one record. */
  backlog = 0

  constructor(leaders = [1, 2], { isTold = false, isCommitted = false } = {}) {
    this.leaders = leaders
    this.broker
      .on(metadata, ({ topics }) => ({
        brokers: [1, 2].map((nodeId) => ({ nodeId, host: `broker-${nodeId}`, port: 9092 })),
        controllerId: 1,
        clusterId: 'scripted',
        topics: topics!.map(({ name }) => ({
          errorCode: 0,
          name,
          topicId: this.id,
          partitions: this.leaders.map((leaderId, partitionIndex) => ({
            errorCode: 0,
            partitionIndex,
            leaderId,
            leaderEpoch: 3,
            replicaNodes: [1, 2],
            isrNodes: [1, 2],
          })),
        })),
      }))
      .on(fetch, async ({ topics, maxWaitMs }) => {
        const filled = topics
          .flatMap(({ partitions }) => partitions)
          .find(({ fetchOffset }) => fetchOffset < this.backlog)
        if (!filled) {
          await new Promise<void>((resolve) => this.broker.clock.after(maxWaitMs, resolve))
        }
        const responses = topics.map(({ topic, topicId, partitions }) => ({
          topic,
          topicId,
          partitions: partitions.map((asked) => ({
            partitionIndex: asked.partition,
            errorCode: this.errorCodes[asked.partition] ?? 0,
            highWatermark: this.backlog,
            records: asked === filled ? recordAt(asked.fetchOffset) : null,
          })),
        }))
        return { responses }
      })
    const limits = { fetchMinBytes: 1, fetchMaxWaitMs: 500, fetchMaxBytes: 1000 } as const
    const options = {
      ...limits,
      maxPartitionFetchBytes: 100,
      isolation: isCommitted ? 'read_committed' : 'read_uncommitted',
    } as const
    const warn: Logger['warn'] = (_, facts) => void this.warnings.push(facts)
    const cluster = this.broker.cluster({ logger: { ...silentLogger, warn } })
    this.fetcher = new Fetcher(cluster, options, {
      ...(isTold && { onReplaced: (partition) => void this.replaced.push(partition) }),
      onArrival: () => undefined,
      onProgress: () => undefined,
      onOutOfRange: (_, error) => void this.errors.push(error),
      onError: (error) => void this.errors.push(error),
    })
    this.partitions = this.leaders.map((_, partition) => {
      const place = { topic: 'orders', partition, position: 0 }
      return new AssignedPartition({ ...place, value: json, key: json, committer: noGroup })
    })
    this.fetcher.add(this.partitions)
  }

  async pass(durationMs: number): Promise<void> {
    for (let passed = 0; passed < durationMs; passed += 100) {
      await settled()
      this.broker.clock.advance(100)
    }
    await settled()
  }
}

test('a fetch says which leader it is for, so that one whose time is over refuses', async () => {
  const rig = new Rig()
  await rig.pass(600)
  rig.fetcher.close()
  const epochs = rig.broker
    .requests(fetch)
    .flatMap(({ topics }) => topics.flatMap(({ partitions }) => partitions))
    .map(({ currentLeaderEpoch }) => currentLeaderEpoch)
  assert.deepEqual(new Set(epochs), new Set([3]))
})

test('a fetch says how much it takes of all partitions, and of each', async () => {
  const rig = new Rig()
  await rig.pass(600)
  rig.fetcher.close()
  for (const { maxBytes, topics } of rig.broker.requests(fetch)) {
    assert.equal(maxBytes, 1000)
    const limits = topics.flatMap(({ partitions }) => partitions)
    assert.ok(limits.every(({ partitionMaxBytes }) => partitionMaxBytes === 100))
  }
})

function recordAt(offset: number): Uint8Array {
  const bytes = writeBatch([{ key: null, value: '1' }]) as Uint8Array
  stampBatch(bytes, 0, { baseOffset: offset, leaderEpoch: 0 })
  return bytes
}

/** By topic, where each fetch so far began in partition 0. */
function fetchesOf({ broker }: Rig): [topicId: string, offset: number][] {
  return broker
    .requests(fetch)
    .flatMap(({ topics }) => topics)
    .map(({ topicId, partitions }) => [topicId, partitions[0]!.fetchOffset])
}

test('a topic that is created anew is read from its beginning', async () => {
  const rig = new Rig([1])
  rig.partitions[0]!.position = 7
  await rig.pass(600)
  const [first, second] = [rig.id, topicId('another')]
  rig.id = second
  await rig.pass(600)
  assert.deepEqual(fetchesOf(rig).at(-1), [first, 7], 'metadata alone is not believed')
  rig.errorCodes[0] = errorCodes.UNKNOWN_TOPIC_ID
  await rig.pass(600)
  rig.errorCodes[0] = 0
  await rig.pass(1000)
  assert.deepEqual(fetchesOf(rig).at(-1), [second, 0])
  assert.equal(rig.fetcher.isFailing, false)
  rig.fetcher.close()
})

test('who wants to be told of a topic that is created anew decides what comes next', async () => {
  const rig = new Rig([1], { isTold: true })
  await rig.pass(600)
  rig.id = topicId('another')
  rig.errorCodes[0] = errorCodes.UNKNOWN_TOPIC_OR_PARTITION
  await rig.pass(2000)
  const count = fetchesOf(rig).length
  assert.deepEqual(rig.replaced, rig.partitions)
  rig.errorCodes[0] = 0
  await rig.pass(2000)
  assert.equal(fetchesOf(rig).length, count, 'it is held')
  rig.fetcher.close()
})

test('topics of a cluster that has no ids for them are fetched by name', async () => {
  const rig = new Rig([1])
  rig.id = zeroUuid
  await rig.pass(600)
  const versions = rig.broker.seen.filter(({ name }) => name === 'Fetch')
  assert.ok(versions.length > 0 && versions.every(({ version }) => version === 12))
  assert.equal(rig.fetcher.isFailing, false)
  rig.fetcher.close()
})

test('a topic that gets an id, or that not all brokers have one for, is the same', async () => {
  const rig = new Rig([1])
  const { id } = rig
  for (const next of [zeroUuid, id, zeroUuid, id]) {
    rig.id = next
    rig.errorCodes[0] = errorCodes.UNKNOWN_TOPIC_OR_PARTITION
    await rig.pass(2000)
    rig.errorCodes[0] = 0
    await rig.pass(2000)
    assert.equal(rig.fetcher.isFailing, false)
  }
  assert.equal(rig.partitions[0]!.round, 0)
  assert.deepEqual(fetchesOf(rig).at(-1), [id, 0])
  rig.fetcher.close()
})

test('isFailing says that one partition cannot be fetched though others can', async () => {
  const rig = new Rig()
  await rig.pass(1000)
  assert.equal(rig.fetcher.isFailing, false)
  rig.broker.down.add('broker-2:9092')
  rig.broker.disconnect()
  for (let second = 0; second < 5; second++) {
    await rig.pass(1000)
    assert.equal(rig.fetcher.isFailing, true)
  }
  rig.broker.down.clear()
  await rig.pass(3000)
  assert.equal(rig.fetcher.isFailing, false)
  rig.fetcher.close()
})

test('isFailing holds while nobody leads a partition, unless it is not wanted', async () => {
  const rig = new Rig()
  rig.leaders[1] = -1
  await rig.pass(1000)
  assert.equal(rig.fetcher.isFailing, true)
  assert.equal(rig.partitions[0]!.failures, 0)
  rig.partitions[1]!.isPaused = true
  assert.equal(rig.fetcher.isFailing, false)
  rig.partitions[1]!.isPaused = false
  rig.leaders[1] = 1
  await rig.pass(3000)
  assert.equal(rig.fetcher.isFailing, false)
  rig.fetcher.close()
})

test('a partition that nobody leads is looked for again, though there is no other', async () => {
  const rig = new Rig([-1])
  await rig.pass(1000)
  assert.equal(rig.fetcher.isFailing, true)
  rig.leaders[0] = 1
  await rig.pass(3000)
  assert.equal(rig.fetcher.isFailing, false)
  assert.ok(rig.broker.requests(fetch).length > 0)
  rig.fetcher.close()
})

test('a broker that does not know what happened to it is asked again', async () => {
  const rig = new Rig()
  rig.errorCodes[1] = errorCodes.UNKNOWN_SERVER_ERROR
  await rig.pass(2000)
  assert.deepEqual([rig.fetcher.isFailing, rig.errors], [true, []])
  rig.errorCodes[1] = errorCodes.TOPIC_AUTHORIZATION_FAILED
  await rig.pass(2000)
  assert.equal(rig.errors[0]?.code, 'unauthorized')
  rig.fetcher.close()
})

test('what fails again and again is a warning now and then', async () => {
  const rig = new Rig([1])
  rig.errorCodes[0] = errorCodes.CORRUPT_MESSAGE
  await rig.pass(2000)
  assert.deepEqual(rig.warnings, [])
  await rig.pass(30_000)
  const [first, ...others] = rig.warnings
  assert.equal(first!['attempt'], 10)
  assert.match(String(first!['error']), /orders-0.*CORRUPT_MESSAGE/)
  assert.ok(others.length > 0 && others.length < 5)
  rig.fetcher.close()
})

test('partitions take turns where an answer has no room for all', async () => {
  const rig = new Rig([1, 1, 1])
  rig.backlog = 3
  await rig.pass(0)
  const taken: string[] = []
  for (let fetched; (fetched = rig.fetcher.take()); await settled()) {
    if (fetched.error) throw fetched.error
    taken.push(`${fetched.partition.partition}@${fetched.record.offset}`)
  }
  const [zeros, ones, twos] = [0, 1, 2].map((offset) => [0, 1, 2].map((p) => `${p}@${offset}`))
  assert.deepEqual(taken, [...zeros!, ...ones!, ...twos!])
  rig.fetcher.close()
})

test('what is there is asked for though others are waited for', async () => {
  const rig = new Rig([1, 1, 1])
  await rig.pass(600)
  const [, second, third] = rig.partitions
  second!.isPaused = true
  third!.isPaused = true
  await rig.pass(500)
  // Each of the first two waits for records in a request of its own.
  second!.isPaused = false
  rig.fetcher.wake()
  await settled()
  third!.isPaused = false
  rig.fetcher.wake()
  await settled()
  const asked = (): unknown =>
    rig.broker
      .requests(fetch)
      .at(-1)!
      .topics.flatMap(({ partitions }) => partitions.map(({ partition }) => partition))
  assert.deepEqual(asked(), [1])
  third!.end = 5
  rig.fetcher.wake()
  await settled()
  assert.deepEqual(asked(), [2])
  rig.fetcher.close()
})

test('what waits of a paused partition holds up no other; each has as much room', async () => {
  const rig = new Rig([1, 1])
  const [first, second] = rig.partitions
  const recordBytes = recordAt(0).length
  const roomBytes = (count: number): boolean =>
    count * recordBytes >= 1000 && (count - 1) * recordBytes < 1000
  second!.isPaused = true
  rig.backlog = 100
  await rig.pass(3000)
  assert.ok(roomBytes(first!.position))
  first!.isPaused = true
  second!.isPaused = false
  rig.fetcher.wake()
  await rig.pass(3000)
  assert.ok(roomBytes(second!.position))
  const { position } = second!
  assert.equal(rig.fetcher.take()!.partition, second)
  assert.equal(rig.fetcher.take()!.partition, second)
  await rig.pass(3000)
  assert.ok(second!.position > position, 'it goes on as records are taken')
  first!.isPaused = false
  rig.fetcher.wake()
  const positions = rig.partitions.map((partition) => partition.position)
  await rig.pass(3000)
  const later = rig.partitions.map((partition) => partition.position)
  assert.deepEqual(later, positions, 'what waited counts again')
  assert.equal(rig.fetcher.take()!.partition, first)
  rig.fetcher.close()
})

test('a connection that is there only after the fetcher was closed is closed, too', async () => {
  const { broker, partitions } = new Rig()
  const cluster = broker.cluster()
  await cluster.topic('orders')
  const open = new Set<string>()
  const { platform, options, logger } = cluster
  const whole = { platform, options, logger, backoffMs: () => 1 }
  const known = {
    cachedTopic: (name: string) => cluster.cachedTopic(name),
    topic: (name: string) => cluster.topic(name),
    currentLeaderEpoch: () => 3,
    forgetTopic: () => undefined,
  }
  const limits = { fetchMinBytes: 1, fetchMaxWaitMs: 500, fetchMaxBytes: 1000 } as const
  const all = { ...limits, maxPartitionFetchBytes: 100, isolation: 'read_uncommitted' } as const
  const connections = {
    closePurpose: (purpose: string) => void open.delete(purpose),
    // Who leads a partition is known after a turn at least, and the connection is opened then.
    channel: async (_: unknown, purpose: string) => {
      await Promise.resolve()
      open.add(purpose)
      return { roundTripMs: 1, request: () => Promise.resolve() }
    },
  }
  const none = (): void => {}
  const events = { onArrival: none, onProgress: none, onOutOfRange: none, onError: none }
  const fetcher = new Fetcher({ ...whole, ...known, ...connections }, all, events)
  fetcher.add(partitions)
  for (const partition of partitions) partition.state = 'gone'
  fetcher.close()
  await settled()
  assert.deepEqual([...open], [])
})

test('the end of a partition is known of a broker that does not say what is stable', async () => {
  const rig = new Rig([1], { isCommitted: true })
  rig.backlog = 3
  await settled()
  rig.fetcher.close()
  assert.equal(rig.partitions[0]!.end, 3)
})
