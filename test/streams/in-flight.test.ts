/** What is on its way when a run commits, hands over or ends: nothing is committed before it. */

import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { StreamRun } from '../../src/streams/dsl/stream-queries.ts'
import type { RequestFacts } from '../../src/client/settings/instrumentation.ts'
import { MockKafka } from '../../src/testing/mock-kafka.ts'
import { until } from './until.ts'

const guarantees = ['atLeastOnce', 'exactlyOnce'] as const

async function openKafka(
  t: TestContext,
  onRequest = (_request: RequestFacts): void => undefined,
): Promise<MockKafka> {
  const broker = { groups: { consumerHeartbeatIntervalMs: 20 } }
  const kafka = new MockKafka({ broker, instrumentation: { onRequest } })
  t.after(() => kafka.close())
  await kafka.admin.createTopic('in', { partitions: 2 })
  await kafka.admin.createTopic('out', { partitions: 1 })
  return kafka
}

/** Lets what is ready go on, while no time has to pass. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** Returns the offsets that a group has committed, once it is left. */
async function committedBy(kafka: MockKafka, group: string): Promise<(number | null)[]> {
  return (await kafka.admin.describeGroup(group)).lag.map(({ offset }) => offset)
}

/** Resolves once of two members one knows that it is to hand a partition over. */
async function untilShared(kafka: MockKafka, group: string, heartbeats: () => number) {
  while ((await kafka.admin.describeGroup(group)).members.length < 2);
  // Two of one of them, if not of both, are in so many: the second can tell it.
  const count = heartbeats() + 6
  await until(() => heartbeats() >= count)
}

for (const guarantee of guarantees) {
  test(`what could not be stored is not committed by close(), ${guarantee}`, async (t) => {
    const kafka = await openKafka(t)
    const run: StreamRun = kafka.streams(
      'closing',
      (sources) => {
        const closing = (value: number): number => {
          kafka.failNext('Produce', 'MESSAGE_TOO_LARGE')
          void run.close()
          return value
        }
        sources.stream<number>('in').map(closing).to('out')
      },
      { guarantee },
    )
    await kafka.seed('in', [1])
    await assert.rejects(run.finished, { kafkaName: 'MESSAGE_TOO_LARGE' })
    assert.deepEqual(await committedBy(kafka, 'closing'), [])
  })

  test(`close() waits for what goes from one mapAsync to the next, ${guarantee}`, async (t) => {
    const kafka = await openKafka(t)
    const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const
    const isIn = [false, false]
    const pass =
      (gate: 0 | 1) =>
      async (value: number): Promise<number> => {
        isIn[gate] = true
        await gates[gate].promise
        return value + 1
      }
    const run = kafka.streams(
      'chain',
      (sources) => {
        sources.stream<number>('in').mapAsync(pass(0)).mapAsync(pass(1)).to('out')
      },
      { guarantee },
    )
    await kafka.seed('in', [1])
    await until(() => isIn[0]!)
    const closed = run.close()
    gates[0].resolve()
    await until(() => isIn[1]!)
    // Who does not wait is done by now.
    await turns()
    gates[1].resolve()
    await closed
    await run.finished
    const values = (await kafka.getMessages('out')).map(({ value }) => value)
    assert.deepEqual(values, [3])
    assert.deepEqual(await committedBy(kafka, 'chain'), [1])
  })

  test(`what mapAsync works on is counted before its task is handed over, ${guarantee}`, async (t) => {
    let heartbeats = 0
    const kafka = await openKafka(t, ({ api }) => {
      if (api === 'ConsumerGroupHeartbeat') heartbeats++
    })
    const sent = 3000
    for (const partition of [0, 1]) {
      const message = { key: `key-${partition}`, value: 1, partition }
      const messages = Array.from({ length: sent }, () => message)
      await kafka.seed('in', messages)
    }
    const gates = [1, 2, 3].map(() => Promise.withResolvers<void>())
    let count = 0
    const work = async (value: number): Promise<number> => {
      await gates[Math.min(2, Math.floor(count++ / 500))]!.promise
      return value
    }
    const begin = (): StreamRun =>
      kafka.streams(
        'moving',
        (sources) => {
          const passed = sources.stream<number>('in').mapAsync(work, { concurrency: sent })
          passed.groupByKey().count().to('out')
        },
        // No commit of its own gets in between.
        { guarantee, commitInterval: '1m' },
      )
    const first = begin()
    await first.started
    // More than that may not be on its way at once.
    await until(() => first.metrics().recordsIn === 1000)
    const second = begin()
    await second.started
    await untilShared(kafka, 'moving', () => heartbeats)
    gates[0]!.resolve()
    // There is room for others now.
    await turns()
    gates[1]!.resolve()
    await until(() => second.status === 'running')
    gates[2]!.resolve()
    await until(() => first.metrics().recordsIn + second.metrics().recordsIn === 2 * sent)
    await Promise.all([first.close(), second.close()])
    const counts = new Map<string | null, number>()
    for (const { key, value } of await kafka.getMessages<number>('out')) counts.set(key, value)
    assert.deepEqual(Object.fromEntries(counts), { 'key-0': sent, 'key-1': sent })
  })

  test(`work on a partition that was lost goes nowhere, ${guarantee}`, async (t) => {
    const kafka = await openKafka(t)
    await kafka.seed('in', [1, 2])
    const { promise: released, resolve: release } = Promise.withResolvers<void>()
    const calls: number[] = []
    const run = kafka.streams(
      'zombie',
      (sources) => {
        const work = async (value: number): Promise<number> => {
          calls.push(value)
          if (calls.length === 1) await released
          if (calls.length === 2) await new Promise(() => {})
          return value
        }
        sources.stream<number>('in').mapAsync(work, { ordered: false }).to('out')
      },
      { guarantee },
    )
    await until(() => calls.length === 2)
    kafka.failNext('ConsumerGroupHeartbeat', 'FENCED_MEMBER_EPOCH')
    await until(() => calls.length === 4)
    release()
    await turns()
    await run.close()
    await run.finished
    const values = (await kafka.getMessages<number>('out')).map(({ value }) => value)
    assert.deepEqual(new Set(values), new Set([1, 2]))
    assert.equal(values.length, 2)
  })
}
