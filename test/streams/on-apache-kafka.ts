/**
 * Workers of one application on Apache Kafka, which shares the partitions out itself, and on 3.9,
 * where the workers do: `node --test test/streams/on-apache-kafka.ts`; needs Java and Maven.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Kafka } from '../../src/index-node.ts'
import type { RestoreProgress } from '../../src/streams/dsl/run-options.ts'
import type { StreamRun } from '../../src/streams/dsl/stream-queries.ts'
import { olderApacheKafkaVersion, startApacheKafka } from '../support/apache-kafka.ts'

const partitions = 6
const keys = Array.from({ length: 60 }, (_, number) => `key-${number}`)
const waitMs = 120_000

interface Worker {
  readonly kafka: Kafka
  readonly run: StreamRun
  readonly restores: RestoreProgress[]
}

function begin(url: string): Worker {
  const kafka = new Kafka({ url })
  const restores: RestoreProgress[] = []
  const run = kafka.streams(
    'shop',
    (sources) => {
      const sales = sources.stream<number>('sales')
      const payments = sources.stream<number>('payments')
      sales.groupByKey().count().to('counts')
      sales.join(payments, { window: '1h' }).to('paid')
    },
    {
      guarantee: 'exactlyOnce',
      standbyReplicas: 1,
      onRestore: (progress) => restores.push(progress),
    },
  )
  return { kafka, run, restores }
}

async function until(what: string, isSo: () => boolean): Promise<void> {
  const endMs = performance.now() + waitMs
  while (!isSo()) {
    if (performance.now() > endMs) throw new Error(`it takes too long: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

const isAtWork = ({ run }: Worker, taskCount: number): boolean =>
  run.status === 'running' && run.metrics().tasks.length === taskCount

/** Offsets of changelogs that its tasks have not had when they came. */
const leftToRead = ({ restores }: Worker): number =>
  restores.reduce((sum, { restored, total }) => sum + (restored === 0 ? total : 0), 0)

function hasCopies({ run }: Worker): boolean {
  const { tasks, standbys } = run.metrics()
  return standbys.length === tasks.length && standbys.every(({ lag }) => lag === 0)
}

/** Asserts that where nothing comes nothing is written, however often that could be committed. */
async function assertIdle(kafka: Kafka, { run }: Worker): Promise<void> {
  const topics = ['counts', 'shop-payments-changelog', '__transaction_state']
  const ends = async (): Promise<number[]> => {
    const found = await Promise.all(topics.map((topic) => kafka.admin.listOffsets(topic, 'latest')))
    return found.map((list) => list.reduce((sum, { offset }) => sum + offset, 0))
  }
  const commits = (): number => run.metrics().commits.count
  const settled = commits() + 3
  await until('what was read is committed', () => commits() >= settled)
  const before = await ends()
  await until('it has had nothing to commit for a while', () => commits() >= settled + 10)
  assert.deepEqual(await ends(), before)
}

for (const version of [undefined, olderApacheKafkaVersion]) {
  test(`two workers, one of which goes, on Apache Kafka ${version ?? 'as it is'}`, async (t) => {
    const properties = {
      'group.consumer.min.heartbeat.interval.ms': '500',
      'group.consumer.heartbeat.interval.ms': '500',
    }
    const older = version === undefined ? { properties } : { version }
    const broker = await startApacheKafka({ heap: '512M', ...older })
    t.after(() => broker.stop())
    const url = `kafka://${broker.bootstrap}`
    await using kafka = new Kafka({ url })
    for (const topic of ['sales', 'payments', 'counts', 'paid']) {
      await kafka.admin.createTopic(topic, { partitions })
    }
    const sell = async (times: number): Promise<void> => {
      const records = Array.from({ length: times }, () => keys.map((key) => ({ key, value: 1 })))
      await kafka.producer<number>('sales').sendBatch(records.flat())
    }
    const first = begin(url)
    await until('the first is at work', () => isAtWork(first, partitions))
    await sell(20)
    await until('all is counted', () => first.run.metrics().recordsIn === keys.length * 20)
    const second = begin(url)
    await until('both are at work', () => isAtWork(first, 3) && isAtWork(second, 3))
    const joined = leftToRead(second)
    await sell(10)
    await until('both have copies', () => hasCopies(first) && hasCopies(second))
    first.restores.length = 0
    await second.kafka.close()
    await until('the first has all', () => isAtWork(first, partitions))
    const left = leftToRead(first)
    const ends = await kafka.admin.listOffsets('shop-payments-changelog', 'latest')
    const all = ends.reduce((sum, { offset }) => sum + offset, 0)
    t.diagnostic(`${joined} and ${left} of ${all} offsets were left to read`)
    assert.ok(joined * 10 < all)
    assert.ok(left * 10 < all)
    await kafka.producer('payments').sendBatch(keys.map((key) => ({ key, value: 1 })))
    const paid = await kafka
      .consumer('paid')
      .take(keys.length * 30)
      .toArray()
    const perKey = Map.groupBy(paid, ({ key }) => key)
    assert.deepEqual([...new Set([...perKey.values()].map(({ length }) => length))], [30])
    const counts = await kafka
      .consumer<number>('counts')
      .take(keys.length * 30)
      .toArray()
    const last = new Map(counts.map(({ key, value }) => [key, value]))
    assert.deepEqual([...new Set(last.values())], [30])
    await assertIdle(kafka, first)
    await first.kafka.close()
  })
}
