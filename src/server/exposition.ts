/**
 * Numbers as text, in the format of Prometheus (version 0.0.4), which everybody who scrapes reads.
 *
 * Source: https://prometheus.io/docs/instrumenting/exposition_formats/
 */

import { durationBoundsMs, type DurationHistogram } from '../broker/stats/duration-histogram.ts'

export const expositionType = 'text/plain; version=0.0.4'

/** What samples are called, and stand for. */
export interface Metric {
  /** With the unit in it, as in `_bytes`; of a counter it ends with `_total`. */
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  /** Taken when their turn comes. */
  readonly samples: () => Iterable<Sample>
}

export interface Sample {
  readonly labels?: Labels
  readonly value: number | DurationHistogram
}

export type Labels = Readonly<Record<string, string | number>>

/** About this much text is made at once. */
const partChars = 16 * 1024

/** Yields `metrics` as text, part by part: a full broker has megabytes of it. */
export function* exposition(metrics: readonly Metric[]): Generator<string> {
  let part = ''
  for (const { name, help, type, samples } of metrics) {
    part += `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`
    for (const { labels = {}, value } of samples()) {
      part += typeof value === 'number' ? line(name, labels, value) : lines(name, labels, value)
      if (part.length < partChars) continue
      yield part
      part = ''
    }
  }
  yield part
}

function line(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escape(text)}"`)
  return `${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${value}\n`
}

function lines(name: string, labels: Labels, durations: DurationHistogram): string {
  const counts = durations.cumulativeCounts()
  const buckets = counts.map((count, bucket) => {
    const boundMs = durationBoundsMs[bucket]
    const le = boundMs === undefined ? '+Inf' : boundMs / 1000
    return line(`${name}_bucket`, { ...labels, le }, count)
  })
  const sum = line(`${name}_sum`, labels, durations.sumMs / 1000)
  return `${buckets.join('')}${sum}${line(`${name}_count`, labels, counts.at(-1)!)}`
}

function escape(text: string | number): string {
  return String(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
