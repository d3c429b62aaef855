import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AssignedPartition, noGroup } from '../../client/consumer/assigned-partition.ts'
import { bytes } from '../../client/record/serde.ts'
import { ManualClock } from '../../runtime/manual-clock.ts'
import { silentLogger } from '../../runtime/runtime.ts'
import { RepartitionPurge } from './repartition-purge.ts'

function place(topic: string, partition: number): AssignedPartition {
  const facts = { topic, partition, position: 0, key: bytes, value: bytes, committer: noGroup }
  return new AssignedPartition(facts)
}

test('RepartitionPurge deletes what is committed of its topics, now and then', async () => {
  const clock = new ManualClock()
  const deleted: string[] = []
  let refuses = false
  const purge = new RepartitionPurge({
    topics: new Set(['moved']),
    clock,
    logger: silentLogger,
    deleteBefore: async (topic, limits) => {
      if (refuses) throw new Error('not allowed')
      for (const { partition, before } of limits) deleted.push(`${topic}/${partition} ${before}`)
    },
  })
  const [first, second, source] = [place('moved', 0), place('moved', 1), place('orders', 0)]
  purge.committed(
    new Map([
      [first, 10],
      [second, 20],
      [source, 30],
    ] as const),
  )
  assert.deepEqual(deleted, [], 'not with every commit')
  clock.advance(30_000)
  purge.committed(new Map([[first, 15]]))
  assert.deepEqual(deleted, ['moved/0 15', 'moved/1 20'])
  await new Promise((resolve) => setImmediate(resolve))
  clock.advance(30_000)
  purge.committed(new Map([[source, 40]]))
  assert.equal(deleted.length, 2, 'what others write is left alone')
  refuses = true
  purge.committed(new Map([[first, 25]]))
  await new Promise((resolve) => setImmediate(resolve))
  refuses = false
  clock.advance(30_000)
  purge.committed(new Map([[first, 35]]))
  assert.deepEqual(deleted.slice(2), ['moved/0 35'])
})
