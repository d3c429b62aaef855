import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ScriptedBroker, drop, settled, topicId } from '../../../test/support/scripted-broker.ts'
import { errorCodes, type ErrorName } from '../../protocol/error-codes.ts'
import { fetch } from '../../protocol/fetch.ts'
import { metadata } from '../../protocol/metadata.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { KafkaError } from '../failure/errors.ts'
import { json } from '../record/serde.ts'
import { AssignedPartition, noGroup } from './assigned-partition.ts'
import { Fetcher } from './fetcher.ts'
import { nearby } from './nearby.ts'

/** As long as metadata is believed, unless the client says otherwise. */
const metadataMaxAgeMs = 5 * 60_000

/** What a broker says to a fetch: nothing new, another replica, an error, or no answer at all. */
type Says = 'nothing' | { readonly nearest: number } | ErrorName | typeof drop

/**
 * Three brokers, of which the first leads both partitions of `orders` and sends who says a rack to
 * the second. Fetches are noted as broker, partitions and rack, such as `1: 0,1 from near`.
 */
class Rig {
  readonly broker = new ScriptedBroker()
  readonly cluster: Cluster
  readonly fetcher: Fetcher
  readonly partitions: AssignedPartition[]
  leaderEpoch = 3
  nodes = [1, 2, 3]
  /** Fetches since the last look. */
  fetches: string[] = []
  readonly errors: KafkaError[] = []
  readonly outOfRange: number[] = []
  /** Asked about each partition of a fetch. */
  says: (node: number, rackId: string, partition: number) => Says = (node, rackId) =>
    node === 1 && rackId !== '' ? { nearest: 2 } : 'nothing'

  constructor({ count = 1, rackId = 'near' } = {}) {
    this.broker
      .on(metadata, ({ topics }) => ({
        brokers: this.nodes.map((nodeId) => ({ nodeId, host: `broker-${nodeId}`, port: 9092 })),
        controllerId: 1,
        clusterId: 'scripted',
        topics: topics!.map(({ name }) => ({
          errorCode: 0,
          name,
          topicId: topicId(name!),
          partitions: Array.from({ length: count }, (_, partitionIndex) => ({
            errorCode: 0,
            partitionIndex,
            leaderId: 1,
            leaderEpoch: this.leaderEpoch,
            replicaNodes: [1, 2, 3],
            isrNodes: [1, 2, 3],
          })),
        })),
      }))
      .on(fetch, async ({ topics, maxWaitMs, rackId }, { address }) => {
        const node = Number(address[7])
        const asked = topics.flatMap(({ partitions }) => partitions)
        const said = asked.map(({ partition }) => this.says(node, rackId, partition))
        const numbers = asked.map(({ partition }) => partition).join()
        this.fetches.push(`${node}: ${numbers}${rackId ? ` from ${rackId}` : ''}`)
        if (said.includes(drop)) return drop
        if (said.every((one) => one === 'nothing')) {
          await new Promise<void>((resolve) => this.broker.clock.after(maxWaitMs, resolve))
        }
        const partitions = asked.map(({ partition: partitionIndex }, index) => {
          const one = said[index] as Exclude<Says, typeof drop>
          return {
            partitionIndex,
            errorCode: typeof one === 'string' && one !== 'nothing' ? errorCodes[one] : 0,
            highWatermark: 0,
            preferredReadReplica: typeof one === 'object' ? one.nearest : -1,
            records: null,
          }
        })
        return { responses: [{ topic: 'orders', topicId: topicId('orders'), partitions }] }
      })
    this.cluster = this.broker.cluster({ timeout: '5s' })
    const limits = { fetchMinBytes: 1, fetchMaxWaitMs: 500, fetchMaxBytes: 1000 } as const
    const options = { ...limits, maxPartitionFetchBytes: 100, isolation: 'read_committed' } as const
    this.fetcher = new Fetcher(this.cluster, options, {
      onArrival: () => undefined,
      onProgress: () => undefined,
      onOutOfRange: ({ partition }) => void this.outOfRange.push(partition),
      onError: (error) => void this.errors.push(error),
    })
    if (rackId) this.fetcher.through(nearby(this.cluster, rackId))
    this.partitions = Array.from({ length: count }, (_, partition) => {
      const place = { topic: 'orders', partition, position: 7 }
      return new AssignedPartition({ ...place, value: json, key: json, committer: noGroup })
    })
    this.fetcher.add(this.partitions)
  }

  /** Lets time pass. Returns the fetches meanwhile. */
  async pass(durationMs: number, stepMs = 100): Promise<string[]> {
    for (let passed = 0; passed < durationMs; passed += stepMs) {
      await settled()
      this.broker.clock.advance(stepMs)
    }
    await settled()
    const { fetches } = this
    this.fetches = []
    return fetches
  }
}

/** Fetches with what comes several times in a row once. */
const turns = (fetches: readonly string[]): string[] =>
  fetches.filter((one, index) => one !== fetches[index - 1])

test('a partition is fetched from the replica that its leader names', async () => {
  const rig = new Rig()
  assert.deepEqual(turns(await rig.pass(2000)), ['1: 0 from near', '2: 0 from near'])
  const epochs = rig.broker
    .requests(fetch)
    .flatMap(({ topics }) => topics.flatMap(({ partitions }) => partitions))
    .map(({ currentLeaderEpoch }) => currentLeaderEpoch)
  assert.deepEqual(new Set(epochs), new Set([3]), 'a follower is told which leader we know, too')
  rig.fetcher.close()
})

test('each partition has its own replica', async () => {
  const rig = new Rig({ count: 3 })
  rig.says = (node, _, partition) =>
    node === 1 && partition > 0 ? { nearest: partition + 1 } : 'nothing'
  const fetches = await rig.pass(3000)
  assert.deepEqual([...new Set(fetches)].sort(), [
    '1: 0 from near',
    '1: 0,1,2 from near',
    '2: 1 from near',
    '3: 2 from near',
  ])
  rig.fetcher.close()
})

test('without a rack nobody is told of one', async () => {
  const rig = new Rig({ rackId: '' })
  assert.deepEqual(turns(await rig.pass(2000)), ['1: 0'])
  rig.fetcher.close()
})

test('when what is known is as old as metadata may be, the leader is asked again', async () => {
  const rig = new Rig()
  assert.deepEqual(turns(await rig.pass(metadataMaxAgeMs - 1000)), [
    '1: 0 from near',
    '2: 0 from near',
  ])
  rig.says = () => 'nothing'
  assert.deepEqual(turns(await rig.pass(2000)), ['2: 0 from near', '1: 0 from near'])
  rig.fetcher.close()
})

test('a new leader is asked itself', async () => {
  const rig = new Rig()
  await rig.pass(1000)
  rig.leaderEpoch = 4
  await rig.cluster.refresh(['orders'])
  assert.deepEqual(turns(await rig.pass(2000)), ['1: 0 from near', '2: 0 from near'])
  rig.fetcher.close()
})

for (const name of [
  'OFFSET_OUT_OF_RANGE',
  'OFFSET_NOT_AVAILABLE',
  'NOT_LEADER_OR_FOLLOWER',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
  'KAFKA_STORAGE_ERROR',
  'TOPIC_AUTHORIZATION_FAILED',
] as const) {
  test(`after ${name} from a replica the leader sends records itself`, async () => {
    const rig = new Rig()
    await rig.pass(1000)
    const { says } = rig
    rig.says = (node, ...rest) => (node === 2 ? name : says(node, ...rest))
    assert.deepEqual(turns(await rig.pass(500)), ['2: 0 from near', '1: 0'])
    assert.deepEqual([rig.outOfRange, rig.errors, rig.fetcher.isFailing], [[], [], false])
    rig.says = says
    assert.deepEqual(turns(await rig.pass(3000)), ['1: 0', '1: 0 from near', '2: 0 from near'])
    rig.fetcher.close()
  })
}

test('what a leader says about an offset holds', async () => {
  const rig = new Rig()
  rig.says = () => 'OFFSET_OUT_OF_RANGE'
  await rig.pass(500)
  assert.deepEqual(rig.outOfRange, [0])
  rig.fetcher.close()
})

test('an offset that a replica lacks is looked for at the leader, whose word holds', async () => {
  const rig = new Rig()
  rig.says = (node, rackId) =>
    node === 1 && rackId !== '' ? { nearest: 2 } : 'OFFSET_OUT_OF_RANGE'
  assert.deepEqual(await rig.pass(500), ['1: 0 from near', '2: 0 from near', '1: 0'])
  assert.deepEqual(rig.outOfRange, [0])
  rig.fetcher.close()
})

test('an error of one partition leaves the others where they are', async () => {
  const rig = new Rig({ count: 2 })
  await rig.pass(1000)
  const { says } = rig
  rig.says = (node, rackId, partition) =>
    node === 2 && partition === 1 ? 'KAFKA_STORAGE_ERROR' : says(node, rackId, partition)
  assert.deepEqual(
    new Set(await rig.pass(700)),
    new Set(['2: 0,1 from near', '2: 0 from near', '1: 1']),
  )
  rig.fetcher.close()
})

for (const [what, happens] of [
  ['cannot be reached', (rig: Rig) => rig.broker.down.add('broker-2:9092')],
  ['ends the connection', (rig: Rig) => (rig.says = (node) => (node === 2 ? drop : 'nothing'))],
] as const) {
  test(`a replica that ${what} is left for the leader at once`, async () => {
    const rig = new Rig()
    await rig.pass(1000)
    happens(rig)
    rig.broker.disconnect()
    const fetches = await rig.pass(300)
    assert.equal(fetches.at(-1), '1: 0')
    assert.deepEqual([rig.errors, rig.fetcher.isFailing], [[], false])
    rig.fetcher.close()
  })
}

test('a replica that is not in the metadata is left for the leader at once', async () => {
  const rig = new Rig()
  rig.says = (node, rackId) => (node === 1 && rackId !== '' ? { nearest: 4 } : 'nothing')
  assert.deepEqual(await rig.pass(300), ['1: 0 from near', '1: 0'])
  assert.deepEqual([rig.errors, rig.fetcher.isFailing], [[], false])
  rig.fetcher.close()
})

test('a replica that hangs is left when the time for an answer is over', async () => {
  const rig = new Rig()
  await rig.pass(1000)
  rig.broker.frozen.add('broker-2:9092')
  assert.equal((await rig.pass(6000))[0], '1: 0')
  assert.deepEqual(rig.errors, [])
  rig.fetcher.close()
})

test('a replica that keeps failing is tried ever more seldom, until it answers', async () => {
  const rig = new Rig()
  const { says } = rig
  rig.says = (node, ...rest) => (node === 2 ? 'KAFKA_STORAGE_ERROR' : says(node, ...rest))
  const triesIn = async (durationMs: number): Promise<number> =>
    (await rig.pass(durationMs)).filter((one) => one.startsWith('2')).length
  const first = await triesIn(60_000)
  assert.ok(first >= 5 && first <= 8, `${first} times in the first minute`)
  const later = await triesIn(20 * 60_000)
  assert.ok(later >= 4 && later <= 10, `${later} times in the next twenty`)
  rig.says = says
  await rig.pass(metadataMaxAgeMs * 1.5)
  rig.says = (node, ...rest) => (node === 2 ? 'KAFKA_STORAGE_ERROR' : says(node, ...rest))
  assert.ok((await triesIn(10_000)) >= 3)
  rig.fetcher.close()
})

test('a leader that sends us away though we say no rack is not asked in circles', async () => {
  const rig = new Rig()
  rig.says = (node) => (node === 1 ? { nearest: 2 } : 'KAFKA_STORAGE_ERROR')
  const fetches = await rig.pass(60_000)
  assert.ok(fetches.length < 200, `${fetches.length} fetches in a minute`)
  rig.fetcher.close()
})

test('what goes wrong at a leader is told, though others are read at a replica', async () => {
  const rig = new Rig({ count: 2 })
  rig.says = (node, _, partition) =>
    node === 1 && partition === 1 ? 'TOPIC_AUTHORIZATION_FAILED' : 'nothing'
  await rig.pass(500)
  assert.equal(rig.errors[0]?.code, 'unauthorized')
  rig.fetcher.close()
})
