import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { ConsumerConfig } from '../client/consumer/consumer-options.ts'
import type { KafkaRecord } from '../client/record/kafka-record.ts'
import { Kafka } from '../index-node.ts'
import { ManualClock } from '../runtime/manual-clock.ts'
import { systemGiveWay } from '../runtime/system-runtime.ts'
import { MockKafka } from '../testing/mock-kafka.ts'
import { TopicStore, type TopicState } from './topic-store.ts'

interface Given {
  readonly kafka: Kafka
  readonly config?: ConsumerConfig<number>
  readonly limit?: number
  readonly onRecord?: (record: KafkaRecord<number>) => unknown
}

/** A store of the topic `numbers`, which refreshes when its clock says so. */
function storeOf({ kafka, config = {}, limit = 3, onRecord = () => {} }: Given) {
  const clock = new ManualClock()
  let openedCount = 0
  const store = new TopicStore<number, string>({
    open: () => {
      openedCount++
      const autoCommit = config.group !== undefined
      return kafka.consumer<number>('numbers', { fetchMaxWaitMs: 20, autoCommit, ...config })
    },
    isInGroup: config.group !== undefined,
    limit,
    onRecord,
    clock,
    giveWay: systemGiveWay,
  })
  return { store, clock, openedCount: () => openedCount }
}

type Store = TopicStore<number, string>

/** Resolves once `condition` holds; the records that wait for a refresh are shown until then. */
async function until(
  { store, clock }: { store: Store; clock: ManualClock },
  condition: (state: TopicState<number, string>) => boolean,
): Promise<TopicState<number, string>> {
  while (!condition(store.snapshot())) {
    await new Promise((resolve) => setImmediate(resolve))
    clock.advance(16)
  }
  return store.snapshot()
}

const valuesOf = ({ records }: TopicState<number, string>): number[] =>
  records.map(({ value }) => value)

test('TopicStore keeps the newest records, and counts all', async () => {
  await using kafka = new MockKafka()
  await kafka.seed('numbers', [1, 2, 3, 4, 5])
  const given = storeOf({ kafka })
  const unsubscribe = given.store.subscribe(() => {})
  const state = await until(given, ({ receivedCount }) => receivedCount === 5)
  assert.deepEqual(valuesOf(state), [3, 4, 5])
  assert.equal(state.latest?.value, 5)
  given.store.clear()
  assert.deepEqual(valuesOf(given.store.snapshot()), [])
  assert.equal(given.store.snapshot().latest?.value, 5)
  await kafka.seed('numbers', [6])
  assert.deepEqual(valuesOf(await until(given, ({ records }) => records.length === 1)), [6])
  unsubscribe()
})

test('TopicStore goes on where it was, also where it had read nothing yet', async () => {
  await using kafka = new MockKafka()
  await kafka.seed('numbers', [1])
  const given = storeOf({ kafka, config: { offset: 'latest' } })
  const hide = given.store.subscribe(() => {})
  await until(given, ({ status }) => status === 'live')
  hide()
  await new Promise((resolve) => setImmediate(resolve))
  await kafka.seed('numbers', [2])
  const unsubscribe = given.store.subscribe(() => {})
  await until(given, ({ status }) => status === 'live')
  await kafka.seed('numbers', [3])
  const state = await until(given, ({ latest }) => latest?.value === 3)
  assert.deepEqual(valuesOf(state), [2, 3])
  unsubscribe()
})

test('TopicStore goes on as it would begin where a partition had no place yet', async (t) => {
  await using kafka = new MockKafka()
  await kafka.seed('numbers', [1, 2])
  const open: typeof kafka.consumer = kafka.consumer.bind(kafka)
  let isLed = false
  t.mock.method(kafka, 'consumer', ((topic: string, config: ConsumerConfig<number>) => {
    const consumer = open<number>(topic, config)
    const places = consumer.positions.bind(consumer)
    consumer.positions = () => places().map((place) => (isLed ? place : { ...place, position: -1 }))
    return consumer
  }) as typeof kafka.consumer)
  const given = storeOf({ kafka, config: { offset: 'latest' } })
  const leave = given.store.subscribe(() => {})
  await until(given, ({ status }) => status === 'live')
  leave()
  await new Promise((resolve) => setImmediate(resolve))
  isLed = true
  const unsubscribe = given.store.subscribe(() => {})
  await until(given, ({ status, error }) => status !== 'live' || error !== undefined)
  await until(given, ({ status, error }) => status === 'live' || error !== undefined)
  assert.equal(given.store.snapshot().error, undefined)
  unsubscribe()
})

test('TopicStore shows records that come together once', async () => {
  await using kafka = new MockKafka()
  await kafka.seed(
    'numbers',
    Array.from({ length: 1000 }, (_, index) => index),
  )
  const given = storeOf({ kafka, limit: 10 })
  const seen = new Set<number>()
  const unsubscribe = given.store.subscribe(() => seen.add(given.store.snapshot().receivedCount))
  const state = await until(given, ({ receivedCount }) => receivedCount === 1000)
  assert.deepEqual(valuesOf(state), [990, 991, 992, 993, 994, 995, 996, 997, 998, 999])
  assert.ok(seen.size <= 8, `${seen.size} refreshes`)
  unsubscribe()
})

test('TopicStore is not disturbed by a listener that goes and comes back at once', async () => {
  await using kafka = new MockKafka()
  await kafka.seed('numbers', [1])
  const given = storeOf({ kafka, config: { group: 'g' } })
  given.store.subscribe(() => {})()
  const unsubscribe = given.store.subscribe(() => {})
  await until(given, ({ receivedCount }) => receivedCount === 1)
  assert.equal(given.openedCount(), 1)
  unsubscribe()
})

test('TopicStore closes its consumer when nobody listens, and goes on there later', async () => {
  await using kafka = new MockKafka()
  await kafka.seed('numbers', [1, 2])
  const given = storeOf({ kafka })
  const unsubscribe = given.store.subscribe(() => {})
  await until(given, ({ receivedCount }) => receivedCount === 2)
  unsubscribe()
  await Promise.resolve()
  await kafka.seed('numbers', [3])
  const again = given.store.subscribe(() => {})
  const state = await until(given, ({ receivedCount }) => receivedCount === 3)
  assert.deepEqual(valuesOf(state), [1, 2, 3])
  assert.equal(given.openedCount(), 2)
  again()
})

test('TopicStore commits what it has handed over when it leaves its group', async () => {
  await using kafka = new MockKafka()
  await kafka.seed('numbers', [1, 2])
  const given = storeOf({ kafka, config: { group: 'g' } })
  const unsubscribe = given.store.subscribe(() => {})
  await until(given, ({ receivedCount }) => receivedCount === 2)
  unsubscribe()
  await Promise.resolve()
  const group = () => kafka.admin.describeGroup('g')
  while ((await group()).members.length > 0) await new Promise((resolve) => setImmediate(resolve))
  assert.equal((await group()).totalLag, 0)
})

test('TopicStore commits what it has handed over when its client is closed suddenly', async () => {
  await using kafka = new MockKafka()
  await kafka.seed('numbers', [1, 2])
  const page = new Kafka({ url: `kafka://${await kafka.listen()}` })
  const given = storeOf({ kafka: page, config: { group: 'g' } })
  given.store.subscribe(() => {})
  await until(given, ({ receivedCount }) => receivedCount === 2)
  const group = () => kafka.admin.describeGroup('g')
  assert.equal((await group()).totalLag, 2)
  await page.close({ timeout: 0 })
  while ((await group()).members.length > 0) await new Promise((resolve) => setImmediate(resolve))
  assert.equal((await group()).totalLag, 0)
  assert.equal(given.store.snapshot().status, 'closed')
})

test('TopicStore tells of the error that ended the reading, and retries when asked', async () => {
  await using kafka = new MockKafka()
  await kafka.seed('numbers', [1, 2])
  let hasFailed = false
  const onRecord = (): void => {
    if (hasFailed) return
    hasFailed = true
    throw new Error('not this one')
  }
  const given = storeOf({ kafka, onRecord })
  const unsubscribe = given.store.subscribe(() => {})
  const failed = await until(given, ({ error }) => error !== undefined)
  assert.equal(failed.error?.message, 'not this one')
  assert.equal(failed.status, 'closed')
  given.store.retry()
  const state = await until(given, ({ receivedCount }) => receivedCount === 2)
  assert.deepEqual(valuesOf(state), [1, 2])
  assert.equal(state.error, undefined)
  unsubscribe()
})

test('TopicStore says why no consumer could be opened', async () => {
  const kafka = new MockKafka()
  await kafka.close()
  const { store } = storeOf({ kafka })
  store.subscribe(() => {})
  assert.match(String(store.snapshot().error), /closed/)
  assert.equal(store.snapshot().status, 'closed')
})

test('TopicStore reads nothing while it is paused', async () => {
  await using kafka = new MockKafka()
  await kafka.seed('numbers', [1])
  const given = storeOf({ kafka })
  given.store.pause()
  const unsubscribe = given.store.subscribe(() => {})
  assert.equal(given.store.snapshot().isPaused, true)
  await kafka.admin.describeCluster()
  assert.equal(given.store.snapshot().receivedCount, 0)
  given.store.resume()
  await until(given, ({ receivedCount }) => receivedCount === 1)
  unsubscribe()
})

test('TopicStore takes nothing of a reading that was stopped amid a record', async () => {
  await using kafka = new MockKafka()
  await kafka.seed('numbers', [1, 2, 3])
  const begun = Promise.withResolvers<void>()
  const gate = Promise.withResolvers<void>()
  let calls = 0
  const onRecord = (): Promise<void> | undefined => {
    if (++calls > 1) return undefined
    begun.resolve()
    return gate.promise
  }
  const given = storeOf({ kafka, config: { group: 'g' }, limit: 10, onRecord })
  const unsubscribe = given.store.subscribe(() => {})
  await begun.promise
  unsubscribe()
  await Promise.resolve()
  const again = given.store.subscribe(() => {})
  await until(given, ({ receivedCount }) => receivedCount === 3)
  gate.resolve()
  await new Promise((resolve) => setImmediate(resolve))
  given.clock.advance(16)
  assert.deepEqual(valuesOf(given.store.snapshot()), [1, 2, 3])
  assert.equal(given.store.snapshot().error, undefined)
  again()
  await Promise.resolve()
  const group = () => kafka.admin.describeGroup('g')
  while ((await group()).members.length > 0) await new Promise((resolve) => setImmediate(resolve))
  assert.equal((await group()).totalLag, 0)
})

test('TopicStore has no more than twice as many records in memory as it is to keep', async () => {
  await using kafka = new MockKafka()
  await kafka.seed('numbers', [1, 2, 3, 4, 5, 6, 7, 8])
  const seen: WeakRef<KafkaRecord<number>>[] = []
  const onRecord = (record: KafkaRecord<number>): void => void seen.push(new WeakRef(record))
  const given = storeOf({ kafka, limit: 1, onRecord })
  const unsubscribe = given.store.subscribe(() => {})
  const state = await until(given, ({ receivedCount }) => receivedCount === 8)
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  await new Promise((resolve) => setImmediate(resolve))
  collect()
  const kept = seen.filter((record) => record.deref() !== undefined)
  assert.ok(kept.length <= 2, `${kept.length} of ${seen.length}`)
  assert.equal(state.latest?.value, 8)
  unsubscribe()
})
