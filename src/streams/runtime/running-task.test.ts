import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchOf } from '../../../test/support/whole-batch.ts'
import { AssignedPartition, noGroup } from '../../client/consumer/assigned-partition.ts'
import { bytes } from '../../client/record/serde.ts'
import { endsOf } from '../dsl/stream-source.ts'
import { cut } from '../topology/sub-topologies.ts'
import { Window } from '../window.ts'
import { RunningTask } from './running-task.ts'

test('idle() does not go on from a time that no clock shows', () => {
  const results: unknown[] = []
  const ends = endsOf((sources) => {
    const all = sources.stream('in').groupBy(() => 'all')
    const counts = all.window(Window.tumbling(100)).count().final()
    counts.forEach((_, { start, value }) => void results.push([start, value]))
  })
  const { parts } = cut(ends, { ownTopic: (name) => name, countOf: () => 1 })
  const task = new RunningTask(parts[0]!, 0, {
    contextOf: (_, partition) => ({
      partition,
      drop() {},
      late: () => results.push('late'),
      send() {},
      wait() {},
      hold() {},
    }),
    onFailure: () => false,
    onRoom() {},
  })
  const start = { topic: 'in', partition: 0, position: 0, key: bytes, value: bytes }
  const partition = new AssignedPartition({ ...start, committer: noGroup })
  const input = task.add(partition)
  task.restored(0)
  const nanoseconds = 1_700_000_000_000_000_000
  const process = (...timestamps: readonly number[]): void => {
    for (const timestamp of timestamps) {
      const batch = batchOf([{ value: '1', timestamp: 0 }])
      // Our producers would refuse it.
      input.push({ ...batch, header: { ...batch.header, baseTimestamp: timestamp } })
    }
    task.turn(new Set(), 1000, 0)
  }
  process(10, nanoseconds)
  partition.end = 0
  partition.quietAtMs = 100
  task.idle(100)
  assert.deepEqual(results, [[0, 1]])
  process(500, 600)
  assert.deepEqual(results, [
    [0, 1],
    [500, 1],
  ])
})
