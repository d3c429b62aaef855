/**
 * The topic configs of Kafka: their names, types, defaults and limits, and the values a log runs
 * with. Configs come as text, by Kafka's names; everything behind takes a `LogConfig`.
 */

import {
  boolean,
  choice,
  double,
  int,
  level,
  list,
  long,
  replicas,
  type ConfigEntry,
} from './config-entry.ts'
import { LogError } from './log-error.ts'

const hourMs = 60 * 60 * 1000
const dayMs = 24 * hourMs

/** All topic configs, by the name of their field in `LogConfig`. */
const logConfigTable = {
  cleanupPolicy: list(
    'cleanup.policy',
    'delete',
    ['compact', 'delete'],
    'Delete old segments, or keep the latest record of each key, or both.',
  ),
  compressionGzipLevel: level('compression.gzip.level', -1, { min: 1, max: 9, other: -1 }),
  compressionLz4Level: level('compression.lz4.level', 9, { min: 1, max: 17 }),
  compressionZstdLevel: level('compression.zstd.level', 3, { min: -131_072, max: 22 }),
  compressionType: choice(
    'compression.type',
    'producer',
    ['producer', 'uncompressed', 'gzip', 'snappy', 'lz4', 'zstd'],
    'Accepted for compatibility: batches are stored as the producer compressed them.',
  ),
  deleteRetentionMs: long('delete.retention.ms', dayMs, 0, 'How long compaction keeps tombstones.'),
  fileDeleteDelayMs: long(
    'file.delete.delay.ms',
    60_000,
    0,
    'Accepted for compatibility: files are removed at once.',
  ),
  flushMessages: long(
    'flush.messages',
    Infinity,
    1,
    'Whether acknowledged means on the disk: with 1 it does, with another number it does not, ' +
      'and records are synced after so many; the largest leaves it to the broker.',
  ),
  flushMs: long(
    'flush.ms',
    Infinity,
    0,
    'Accepted for compatibility: when records are synced is up to flush.messages and the broker.',
  ),
  followerThrottledReplicas: replicas('follower.replication.throttled.replicas'),
  indexIntervalBytes: int(
    'index.interval.bytes',
    4096,
    0,
    'Bytes of records between two entries of the offset index.',
  ),
  leaderThrottledReplicas: replicas('leader.replication.throttled.replicas'),
  maxCompactionLagMs: long(
    'max.compaction.lag.ms',
    Infinity,
    1,
    'The longest that a record may go without compaction.',
  ),
  maxMessageBytes: int(
    'max.message.bytes',
    1_048_588,
    0,
    'The largest record batch that is accepted.',
  ),
  messageTimestampAfterMaxMs: long(
    'message.timestamp.after.max.ms',
    hourMs,
    0,
    'How far ahead of the clock of the broker the timestamp of a record may be.',
  ),
  messageTimestampBeforeMaxMs: long(
    'message.timestamp.before.max.ms',
    Infinity,
    0,
    'How far behind the clock of the broker the timestamp of a record may be.',
  ),
  messageTimestampType: choice(
    'message.timestamp.type',
    'CreateTime',
    ['CreateTime', 'LogAppendTime'],
    'Whether records keep the time of the producer or get that of the broker.',
  ),
  minCleanableDirtyRatio: double(
    'min.cleanable.dirty.ratio',
    0.5,
    'The part of a log that must be uncompacted for compaction to begin.',
  ),
  minCompactionLagMs: long(
    'min.compaction.lag.ms',
    0,
    0,
    'The shortest that a record goes without compaction.',
  ),
  minInsyncReplicas: int(
    'min.insync.replicas',
    1,
    1,
    'Accepted for compatibility: there is one replica, and it is in sync.',
  ),
  preallocate: boolean(
    'preallocate',
    false,
    'Accepted for compatibility: files grow as they are written.',
  ),
  retentionBytes: long(
    'retention.bytes',
    -1,
    -1,
    'The size of a partition beyond which its oldest segments are deleted; -1 for no limit.',
  ),
  retentionMs: long(
    'retention.ms',
    7 * dayMs,
    -1,
    'The age of its newest record at which a segment is deleted; -1 for no limit.',
  ),
  segmentBytes: int(
    'segment.bytes',
    1024 ** 3,
    14,
    'The size at which a segment is closed and the next one is started.',
  ),
  segmentIndexBytes: int(
    'segment.index.bytes',
    10 * 1024 ** 2,
    4,
    'Accepted for compatibility: indexes grow with their segment.',
  ),
  segmentJitterMs: long(
    'segment.jitter.ms',
    0,
    0,
    'By how much, at most, segments are closed earlier than segment.ms says; each by another span.',
  ),
  segmentMs: long(
    'segment.ms',
    7 * dayMs,
    1,
    'The span of record time after which a segment is closed even if it is small.',
  ),
  uncleanLeaderElectionEnable: boolean(
    'unclean.leader.election.enable',
    false,
    'Accepted for compatibility: there is one replica.',
  ),
} as const

type Table = typeof logConfigTable
type ValueOf<Entry> = Entry extends ConfigEntry<infer Value> ? Value : never

/** What a log runs with. "No limit" is `Infinity`, but -1 where Kafka has it so. */
export type LogConfig = { readonly [Field in keyof Table]: ValueOf<Table[Field]> }

/** The topic configs by Kafka's names, in the order of those. */
export const logConfigEntries: ReadonlyMap<string, ConfigEntry<unknown>> = new Map(
  Object.values(logConfigTable).map((entry) => [entry.name, entry]),
)

const fields: ReadonlyMap<string, keyof LogConfig> = new Map(
  Object.entries(logConfigTable).map(([field, { name }]) => [name, field as keyof LogConfig]),
)

/**
 * Returns the config that `overrides`, by Kafka's names, make of `base`.
 *
 * @throws LogError with INVALID_CONFIG, naming the first config that is unknown or not allowed
 */
export function resolveLogConfig(
  overrides: Readonly<Record<string, string>> = {},
  base: LogConfig = logConfigDefaults,
): LogConfig {
  for (const [name, text] of Object.entries(overrides)) {
    const entry = logConfigEntries.get(name)
    if (!entry) throw new LogError('INVALID_CONFIG', `Unknown topic config name: ${name}`)
    if (entry.parse(text) !== undefined) continue
    const message = `topic config '${name}' is '${text}': it must be ${entry.allowed}`
    throw new LogError('INVALID_CONFIG', message)
  }
  const config = configInForce(overrides, base)
  const { minCompactionLagMs, maxCompactionLagMs } = config
  if (minCompactionLagMs > maxCompactionLagMs) {
    const message = `min.compaction.lag.ms ${minCompactionLagMs} is above max.compaction.lag.ms`
    throw new LogError('INVALID_CONFIG', message)
  }
  return config
}

/**
 * As `resolveLogConfig`, of what is set already, and was looked at then. What an Apache Kafka has
 * allowed, and we do not, is left out; and a lag of a topic may be at odds with a default that was
 * changed later. No broker stops for either.
 */
export function configInForce(
  overrides: Readonly<Record<string, string>>,
  base: LogConfig = logConfigDefaults,
): LogConfig {
  const values = Object.entries(overrides).flatMap(([name, text]) => {
    const value = logConfigEntries.get(name)?.parse(text)
    return value === undefined ? [] : [[fields.get(name)!, value] as const]
  })
  return Object.freeze({ ...base, ...(Object.fromEntries(values) as Partial<LogConfig>) })
}

/** Kafka's defaults. */
export const logConfigDefaults: LogConfig = Object.freeze(
  Object.fromEntries(
    Object.entries(logConfigTable).map(([field, entry]) => [field, entry.parse(entry.defaultText)]),
  ),
) as unknown as LogConfig
