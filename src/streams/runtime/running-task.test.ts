import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchOf } from '../../../test/support/whole-batch.ts'
import { AssignedPartition, noGroup } from '../../client/consumer/assigned-partition.ts'
import { bytes } from '../../client/record/serde.ts'
import { endsOf, type StreamSources } from '../dsl/stream-source.ts'
import type { KafkaStream } from '../dsl/kafka-stream.ts'
import { cut } from '../topology/sub-topologies.ts'
import { Window } from '../window.ts'
import { RunningTask } from './running-task.ts'

interface Rig {
  /** Windows that are over, by their starts, with what was counted; and what was late. */
  readonly results: unknown[]
  /** Has records of a topic processed, with these timestamps, when that is the time. */
  readonly process: (topic: string, timestamps: readonly number[], nowMs?: number) => void
  /** Has brokers say that there is nothing more. */
  readonly quiet: (nowMs: number) => void
}

/** A task that counts in windows of 100 ms, and lets time go on when nothing comes for as long. */
function rigOf(streamOf: (sources: StreamSources) => KafkaStream<unknown>): Rig {
  const results: unknown[] = []
  const ends = endsOf((sources) => {
    const all = streamOf(sources).groupBy(() => 'all')
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
  const inputs = parts[0]!.topics.map((topic) => {
    const start = { topic, partition: 0, position: 0, key: bytes, value: bytes }
    const partition = new AssignedPartition({ ...start, committer: noGroup })
    partition.end = 0
    return task.add(partition)
  })
  task.restored(0)
  return {
    results,
    process: (topic, timestamps, nowMs = 0) => {
      for (const timestamp of timestamps) {
        const batch = batchOf([{ key: 'k', value: '1', timestamp: 0 }])
        // Our producers refuse some of them.
        const header = { ...batch.header, baseTimestamp: timestamp }
        task.inputOf(topic)!.push({ ...batch, header })
      }
      task.turn(new Set(), 1000, nowMs)
    },
    quiet: (nowMs) => {
      for (const { partition } of inputs) partition.quietAtMs = nowMs
      task.idle(100)
    },
  }
}

test('idle() does not go on from a time that no clock shows', () => {
  const { results, process, quiet } = rigOf((sources) => sources.stream('in'))
  process('in', [10, 1_700_000_000_000_000_000])
  quiet(100)
  assert.deepEqual(results, [[0, 1]])
  process('in', [500, 600])
  assert.deepEqual(results.slice(1), [[500, 1]])
})

test('idle() counts from the last record, whatever its time', () => {
  const { results, process, quiet } = rigOf((sources) => sources.stream('in'))
  process('in', [50])
  process('in', [20], 90)
  quiet(100)
  assert.deepEqual(results, [])
  process('in', [30], 110)
  quiet(210)
  assert.deepEqual(results, [[0, 3]])
})

test('idle() lets each step go on from where its own records are', () => {
  const { results, process, quiet } = rigOf((sources) => {
    return sources.stream('events').leftJoin(sources.table('rows')).pairs()
  })
  process('events', [10])
  process('rows', [1_000_000])
  quiet(100)
  assert.deepEqual(results, [[0, 1]])
  process('events', [150, 300])
  assert.deepEqual(results.slice(1), [[100, 1]])
})
