/** Streams whose page is left: no answer comes any more, and others go on at once. */

import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { test, type TestContext } from 'node:test'
import { Kafka } from '../../src/index-node.ts'
import { silentLogger } from '../../src/runtime/runtime.ts'
import { KafkaServer } from '../../src/server/server.ts'
import type { RunOptions } from '../../src/streams/dsl/run-options.ts'
import type { StreamRun } from '../../src/streams/dsl/stream-queries.ts'
import { FaultyProxy } from '../exactly-once/faulty-proxy.ts'
import { seededRandom } from '../support/random.ts'

const hourMs = 3_600_000

/** Opens a broker that hears of members for an hour, and a way there that may lose all answers. */
async function openKafka(t: TestContext): Promise<{ kafka: Kafka; proxy: FaultyProxy }> {
  const server = await KafkaServer.start({
    port: 0,
    dataFolder: 'memory:',
    groups: { initialRebalanceDelayMs: 0, consumerSessionTimeoutMs: hourMs },
    logger: silentLogger,
  })
  const kafka = new Kafka({ url: server.url })
  const proxy = await FaultyProxy.start(seededRandom(), server.address.port)
  t.after(async () => {
    await kafka.close()
    await proxy.close()
    await server.close()
  })
  await kafka.admin.createTopic('out')
  await kafka.produce('in', 1)
  return { kafka, proxy }
}

function copying(kafka: Kafka, options: RunOptions): StreamRun {
  return kafka.streams('pages', (from) => from.stream<number>('in').to('out'), options)
}

/** Opens a page. `answered` resolves with the next answer to a request of that name. */
function openPage({ port }: FaultyProxy) {
  const answers = new EventEmitter()
  const page = new Kafka({
    url: `http://127.0.0.1:${port}`,
    instrumentation: { onRequest: ({ api }) => void answers.emit(api) },
  })
  return { page, answered: (api: string) => once(answers, api) }
}

/** Resolves once nobody is in the group. */
async function untilLeft(kafka: Kafka): Promise<void> {
  for (;;) {
    const { members } = await kafka.admin.describeGroup('pages')
    if (members.length === 0) return
    await new Promise((resolve) => setImmediate(resolve))
  }
}

const committed = async (kafka: Kafka): Promise<(number | null)[]> =>
  (await kafka.admin.describeGroup('pages')).lag.map(({ offset }) => offset)

for (const guarantee of ['atLeastOnce', 'exactlyOnce'] as const) {
  test(`close() without any time has others go on at once, ${guarantee}`, async (t) => {
    const { kafka, proxy } = await openKafka(t)
    const options = { guarantee, commitInterval: '1h' } as const
    const { page, answered } = openPage(proxy)
    const run = copying(page, options)
    await answered('Produce')
    proxy.stallAnswers(hourMs)
    await page.close({ timeout: 0 })
    await untilLeft(kafka)
    await run.finished
    assert.deepEqual(await committed(kafka), [])
    copying(kafka, options)
    const out = kafka.consumer<number>('out', { isolation: 'read_uncommitted' })
    assert.deepEqual(
      await out
        .take(2)
        .map(({ value }) => value)
        .toArray(),
      [1, 1],
    )
    const transactions = await kafka.admin.listTransactions()
    const states = transactions.map(({ state }) => state).toSorted()
    assert.deepEqual(states, guarantee === 'exactlyOnce' ? ['CompleteAbort', 'Ongoing'] : [])
  })
}

test('close() without any time waits for no commit that is under way', async (t) => {
  for (const isClosing of [false, true]) {
    const { kafka, proxy } = await openKafka(t)
    const { page, answered } = openPage(proxy)
    const run = copying(page, { commitInterval: '10ms' })
    await answered('OffsetCommit')
    await kafka.produce('in', 2)
    await answered('Produce')
    proxy.stallAnswers(hourMs)
    while ((await committed(kafka))[0] !== 2) await new Promise((resolve) => setImmediate(resolve))
    const closing = isClosing ? run.close() : undefined
    await page.close({ timeout: 0 })
    await untilLeft(kafka)
    await Promise.all([closing, run.finished])
  }
})
