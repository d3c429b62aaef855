import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DurationHistogram } from '../broker/stats/duration-histogram.ts'
import { exposition, type Metric } from './exposition.ts'

test('numbers are written as Prometheus reads them, labels with what must be escaped', () => {
  const labels = { group: 'a "b"\\c\nd', partition: 3 }
  const metrics: Metric[] = [
    { name: 'up', help: 'Whether.', type: 'gauge', samples: () => [{ value: 1 }] },
    { name: 'lag', help: 'How far.', type: 'gauge', samples: () => [{ labels, value: -0.5 }] },
    { name: 'none_total', help: 'Nobody.', type: 'counter', samples: () => [] },
  ]
  assert.deepEqual([...exposition(metrics)].join('').split('\n'), [
    '# HELP up Whether.',
    '# TYPE up gauge',
    'up 1',
    '# HELP lag How far.',
    '# TYPE lag gauge',
    'lag{group="a \\"b\\"\\\\c\\nd",partition="3"} -0.5',
    '# HELP none_total Nobody.',
    '# TYPE none_total counter',
    '',
  ])
})

test('a histogram counts what was not longer than each bound, in seconds', () => {
  const value = new DurationHistogram()
  for (const durationMs of [0.1, 0.5, 0.6, 10_000, 20_000]) value.add(durationMs)
  const samples = () => [{ labels: { api: 'Fetch' }, value }]
  const metric: Metric = { name: 'took_seconds', help: 'Time.', type: 'histogram', samples }
  const lines = [...exposition([metric])].join('').split('\n')
  assert.deepEqual(lines.slice(2, 5), [
    'took_seconds_bucket{api="Fetch",le="0.0005"} 2',
    'took_seconds_bucket{api="Fetch",le="0.001"} 3',
    'took_seconds_bucket{api="Fetch",le="0.0025"} 3',
  ])
  assert.deepEqual(lines.slice(-5), [
    'took_seconds_bucket{api="Fetch",le="10"} 4',
    'took_seconds_bucket{api="Fetch",le="+Inf"} 5',
    'took_seconds_sum{api="Fetch"} 30.0012',
    'took_seconds_count{api="Fetch"} 5',
    '',
  ])
})

test('what is long comes in parts, which are made one by one', () => {
  let made = 0
  const metric: Metric = {
    name: 'size_bytes',
    help: 'Sizes.',
    type: 'gauge',
    *samples() {
      for (let partition = 0; partition < 10_000; partition++) {
        made++
        yield { labels: { partition }, value: 1 }
      }
    },
  }
  const parts = exposition([metric])
  const first = parts.next().value as string
  assert.ok(first.length < 20_000 && made < 1000)
  assert.equal([first, ...parts].join('').split('\n').length, 10_003)
})
