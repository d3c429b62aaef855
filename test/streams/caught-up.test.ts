/** A run that has done everything is not behind, whatever a topic ends with. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RunOptions } from '../../src/streams/dsl/run-options.ts'
import { MockKafka } from '../../src/testing/mock-kafka.ts'
import { until } from './until.ts'

/** Resolves once the group of a run has nothing left to commit; fails where it never has. */
async function caughtUp(kafka: MockKafka, group: string, commits: () => number): Promise<void> {
  const most = commits() + 100
  for (;;) {
    const { lag, totalLag } = await kafka.admin.describeGroup(group)
    if (lag.length > 0 && totalLag === 0) return
    if (commits() > most) assert.fail(JSON.stringify(lag))
  }
}

for (const guarantee of ['atLeastOnce', 'exactlyOnce'] as const) {
  test(`markers of transactions, and what was aborted, are no lag, ${guarantee}`, async (t) => {
    const kafka = new MockKafka()
    t.after(() => kafka.close())
    await kafka.admin.createTopic('in', { partitions: 2 })
    const options: RunOptions & { name: string } = { name: 'app', guarantee, commitInterval: 5 }
    // Records of one partition count, and those of the other one do not.
    await kafka.transaction('in', (transaction) => transaction.send(1, { key: 'a', partition: 0 }))
    const aborted = kafka.transaction('in', async (transaction) => {
      await transaction.send(1, { key: 'b', partition: 1 })
      throw new Error('not that')
    })
    await assert.rejects(aborted, { message: 'not that' })
    const run = kafka
      .stream('in')
      .groupBy((_, key) => key)
      .count()
      .to('counts', options)
    await until(() => run.status === 'running' && run.metrics().tasks.length === 4)
    await caughtUp(kafka, 'app', () => run.metrics().commits.count)
    const lags = run.metrics().tasks.map(({ lag }) => lag)
    assert.deepEqual(lags, [0, 0, 0, 0])
    await run.close()
  })
}
