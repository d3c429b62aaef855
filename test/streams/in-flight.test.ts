/** What is on its way when a run commits, hands over or ends: nothing is committed before it. */

import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { StreamRun } from '../../src/streams/dsl/stream-queries.ts'
import { MockKafka } from '../../src/testing/mock-kafka.ts'

const guarantees = ['atLeastOnce', 'exactlyOnce'] as const

async function openKafka(t: TestContext): Promise<MockKafka> {
  const broker = { groups: { consumerHeartbeatIntervalMs: 20 } }
  const kafka = new MockKafka({ broker })
  t.after(() => kafka.close())
  await kafka.admin.createTopic('in', { partitions: 2 })
  await kafka.admin.createTopic('out', { partitions: 1 })
  return kafka
}

/** Returns the offsets that a group has committed, once it is left. */
async function committedBy(kafka: MockKafka, group: string): Promise<(number | null)[]> {
  return (await kafka.admin.describeGroup(group)).lag.map(({ offset }) => offset)
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
}
