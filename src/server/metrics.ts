/**
 * What `/metrics` shows. Topics and groups have the names that kafka_exporter has for them, so that
 * its dashboards and alerts go on; what only this server can tell begins with `kafka_do`.
 */

import type { BrokerStats } from '../broker/stats/broker-stats.ts'
import type { DurationHistogram } from '../broker/stats/duration-histogram.ts'
import type { Topic, TopicTraffic } from '../broker/topic-table.ts'
import type { Labels, Metric, Sample } from './exposition.ts'
import type { DiskSpace, Health } from './health.ts'
import type { ProcessUse } from './process-use.ts'

/** What there is to tell, when it is asked for. */
export interface Observed {
  readonly version: string
  readonly health: Health
  /** Of the disk with the data folder; there is none in memory, or where it cannot be seen. */
  readonly disk: DiskSpace | undefined
  readonly connectionCount: number
  /** How long syncs took; there are none in memory. */
  readonly syncs: DurationHistogram | undefined
  readonly process: ProcessUse
  readonly broker: BrokerStats
}

export function metricsOf(observed: Observed): Metric[] {
  return [
    ...serverMetrics(observed),
    ...processMetrics(observed.process),
    ...topicMetrics(observed.broker),
    ...groupMetrics(observed.broker),
  ]
}

const healths: readonly Health['status'][] = ['ok', 'degraded', 'failed']

function serverMetrics(observed: Observed): Metric[] {
  const { version, health, disk, connectionCount, syncs, broker } = observed
  return [
    gauge('kafka_brokers', 'Brokers of the cluster.', 1),
    gauge('kafka_do_build_info', 'Always 1; the version is its label.', 1, { version }),
    {
      name: 'kafka_do_health',
      help: 'The status that /health tells is 1, the others are 0.',
      type: 'gauge',
      samples: () =>
        healths.map((status) => ({ labels: { status }, value: Number(status === health.status) })),
    },
    ...(disk
      ? [
          gauge('kafka_do_disk_size_bytes', 'Disk with the data folder.', disk.totalBytes),
          gauge('kafka_do_disk_free_bytes', 'What is free of that disk.', disk.freeBytes),
        ]
      : []),
    gauge('kafka_do_connections', 'Open connections.', connectionCount),
    counter(
      'kafka_do_failed_authentications_total',
      'How often somebody could not prove who they are.',
      () => [{ value: broker.failedAuthenticationCount }],
    ),
    ...(syncs
      ? [
          histogram('kafka_do_sync_duration_seconds', 'How long syncs of files took.', () => [
            { value: syncs },
          ]),
        ]
      : []),
    histogram(
      'kafka_do_request_duration_seconds',
      'From when a request is begun until its answer is there; fetches wait for records.',
      function* () {
        for (const [api, value] of broker.requests()) yield { labels: { api }, value }
      },
    ),
  ]
}

function processMetrics(use: ProcessUse): Metric[] {
  const seconds = (ms: number) => () => [{ value: ms / 1000 }]
  return [
    counter('process_cpu_seconds_total', 'CPU time of the process.', seconds(use.cpuMs)),
    gauge('process_resident_memory_bytes', 'Resident memory of the process.', use.residentBytes),
    gauge(
      'process_start_time_seconds',
      'When the process started, since 1970.',
      use.startedAtMs / 1000,
    ),
    counter(
      'kafka_do_event_loop_active_seconds_total',
      'How long the event loop was busy: at 1 per second it can do no more.',
      seconds(use.loopActiveMs),
    ),
  ]
}

function topicMetrics(broker: BrokerStats): Metric[] {
  const byTopic = (valueOf: (traffic: TopicTraffic) => number) =>
    function* (): Iterable<Sample> {
      for (const { name: topic, traffic } of broker.topics()) {
        yield { labels: { topic }, value: valueOf(traffic) }
      }
    }
  const byPartition = (valueOf: (log: Topic['partitions'][number]) => number) =>
    function* (): Iterable<Sample> {
      for (const { name: topic, partitions } of broker.topics()) {
        for (const [partition, log] of partitions.entries()) {
          yield { labels: { topic, partition }, value: valueOf(log) }
        }
      }
    }
  return [
    {
      name: 'kafka_topic_partitions',
      help: 'Partitions of the topic.',
      type: 'gauge',
      samples: function* () {
        for (const { name: topic, partitionCount } of broker.topics()) {
          yield { labels: { topic }, value: partitionCount }
        }
      },
    },
    {
      name: 'kafka_topic_partition_current_offset',
      help: 'The offset that the next record of the partition gets, as consumers see it.',
      type: 'gauge',
      samples: byPartition((log) => log.highWatermark),
    },
    {
      name: 'kafka_topic_partition_oldest_offset',
      help: 'The first offset that can be read.',
      type: 'gauge',
      samples: byPartition((log) => log.startOffset),
    },
    {
      name: 'kafka_do_topic_partition_size_bytes',
      help: 'Record batches of the partition, as they are stored.',
      type: 'gauge',
      samples: byPartition((log) => log.sizeBytes),
    },
    counter(
      'kafka_do_topic_produced_bytes_total',
      'Record batches that clients have produced, as they came.',
      byTopic(({ producedBytes }) => producedBytes),
    ),
    counter(
      'kafka_do_topic_fetched_bytes_total',
      'Record batches that were read for clients.',
      byTopic(({ fetchedBytes }) => fetchedBytes),
    ),
  ]
}

function groupMetrics(broker: BrokerStats): Metric[] {
  const byPosition = (valueOf: (position: { offset: number; lag: number }) => number) =>
    function* (): Iterable<Sample> {
      for (const group of broker.groups()) {
        for (const position of broker.positionsOf(group)) {
          const { topic, partition } = position
          const labels = { consumergroup: group.groupId, topic, partition }
          yield { labels, value: valueOf(position) }
        }
      }
    }
  return [
    {
      name: 'kafka_consumergroup_members',
      help: 'Members of the group.',
      type: 'gauge',
      samples: function* () {
        for (const { groupId, memberCount } of broker.groups()) {
          yield { labels: { consumergroup: groupId }, value: memberCount }
        }
      },
    },
    {
      name: 'kafka_consumergroup_current_offset',
      help: 'What the group has committed.',
      type: 'gauge',
      samples: byPosition(({ offset }) => offset),
    },
    {
      name: 'kafka_consumergroup_lag',
      help: 'How far the group is behind the end of the partition, by what it has committed.',
      type: 'gauge',
      samples: byPosition(({ lag }) => lag),
    },
  ]
}

function gauge(name: string, help: string, value: number, labels: Labels = {}): Metric {
  return { name, help, type: 'gauge', samples: () => [{ labels, value }] }
}

function counter(name: string, help: string, samples: Metric['samples']): Metric {
  return { name, help, type: 'counter', samples }
}

function histogram(name: string, help: string, samples: Metric['samples']): Metric {
  return { name, help, type: 'histogram', samples }
}
