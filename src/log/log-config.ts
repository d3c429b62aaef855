/**
 * The topic configs of Kafka: their names, types, defaults and limits, and the values a log runs
 * with. Configs come as text, by Kafka's names; everything behind takes a `LogConfig`.
 */

import { LogError } from './log-error.ts'

export type ConfigType = 'boolean' | 'double' | 'int' | 'list' | 'long' | 'string'

/** One topic config. */
export interface ConfigEntry<Value> {
  /** Kafka's name, as in `retention.ms`. */
  readonly name: string
  readonly type: ConfigType
  /** As text, as clients see it. */
  readonly defaultText: string
  readonly documentation: string
  /** Returns the value of `text`, or `undefined` where it is not allowed. */
  readonly parse: (text: string) => Value | undefined
  /** What values are allowed, in words. */
  readonly allowed: string
}

const hourMs = 60 * 60 * 1000
const dayMs = 24 * hourMs
const int32Max = 2 ** 31 - 1
/** The largest 64-bit integer, which stands for "no limit"; as a number it is `Infinity`. */
const int64Max = '9223372036854775807'

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

/**
 * Returns the config that `overrides`, by Kafka's names, make of `base`.
 *
 * @throws LogError with INVALID_CONFIG, naming the first config that is unknown or not allowed
 */
export function resolveLogConfig(
  overrides: Readonly<Record<string, string>> = {},
  base: LogConfig = logConfigDefaults,
): LogConfig {
  const config: Record<string, unknown> = { ...base }
  for (const [name, text] of Object.entries(overrides)) {
    const found = Object.entries(logConfigTable).find(([, entry]) => entry.name === name)
    if (!found) throw new LogError('INVALID_CONFIG', `unknown topic config '${name}'`)
    const [field, entry] = found
    const value = entry.parse(text)
    if (value === undefined) {
      const message = `topic config '${name}' is '${text}': it must be ${entry.allowed}`
      throw new LogError('INVALID_CONFIG', message)
    }
    config[field] = value
  }
  const { minCompactionLagMs, maxCompactionLagMs } = config as LogConfig
  if (minCompactionLagMs > maxCompactionLagMs) {
    const message = `min.compaction.lag.ms ${minCompactionLagMs} is above max.compaction.lag.ms`
    throw new LogError('INVALID_CONFIG', message)
  }
  return Object.freeze(config) as LogConfig
}

/** Kafka's defaults. */
export const logConfigDefaults: LogConfig = Object.freeze(
  Object.fromEntries(
    Object.entries(logConfigTable).map(([field, entry]) => [field, entry.parse(entry.defaultText)]),
  ),
) as unknown as LogConfig

function int(
  name: string,
  byDefault: number,
  min: number,
  documentation: string,
): ConfigEntry<number> {
  return {
    name,
    type: 'int',
    defaultText: String(byDefault),
    documentation,
    parse: (text) => integer(text, min, int32Max),
    allowed: `an integer from ${min} to ${int32Max}`,
  }
}

/** Batches are stored as they come, so that no level is ever used. */
function level(
  name: string,
  byDefault: number,
  range: { readonly min: number; readonly max: number; readonly other?: number },
): ConfigEntry<number> {
  const { min, max, other } = range
  return {
    name,
    type: 'int',
    defaultText: String(byDefault),
    documentation:
      'Accepted for compatibility: batches are stored as the producer compressed them.',
    parse(text) {
      const value = integer(text, -int32Max, int32Max)
      if (value === undefined || value === other) return value
      return value >= min && value <= max ? value : undefined
    },
    allowed: `an integer from ${min} to ${max}${other === undefined ? '' : `, or ${other}`}`,
  }
}

/** There is one replica, so that nothing is replicated that could be throttled. */
function replicas(name: string): ConfigEntry<string> {
  return {
    name,
    type: 'list',
    defaultText: '',
    documentation: 'Accepted for compatibility: there is one replica.',
    parse(text) {
      const value = text.trim()
      const parts = value.split(',').map((part) => part.trim())
      const isList = parts.every((part) => /^\d+:\d+$/.test(part))
      return value === '' || value === '*' || isList ? value : undefined
    },
    allowed: `'*', or a list of partition:broker`,
  }
}

function long(
  name: string,
  byDefault: number,
  min: number,
  documentation: string,
): ConfigEntry<number> {
  return {
    name,
    type: 'long',
    defaultText: byDefault === Infinity ? int64Max : String(byDefault),
    documentation,
    parse: (text) => integer(text, min, Infinity),
    allowed: `an integer of at least ${min}`,
  }
}

function double(name: string, byDefault: number, documentation: string): ConfigEntry<number> {
  return {
    name,
    type: 'double',
    defaultText: String(byDefault),
    documentation,
    parse(text) {
      const value = text.trim() === '' ? Number.NaN : Number(text)
      return value >= 0 && value <= 1 ? value : undefined
    },
    allowed: 'a number from 0 to 1',
  }
}

function boolean(name: string, byDefault: boolean, documentation: string): ConfigEntry<boolean> {
  return {
    name,
    type: 'boolean',
    defaultText: String(byDefault),
    documentation,
    parse(text) {
      const value = text.trim().toLowerCase()
      return value === 'true' || (value === 'false' ? false : undefined)
    },
    allowed: `'true' or 'false'`,
  }
}

function choice<Choice extends string>(
  name: string,
  byDefault: Choice,
  choices: readonly Choice[],
  documentation: string,
): ConfigEntry<Choice> {
  return {
    name,
    type: 'string',
    defaultText: byDefault,
    documentation,
    parse: (text) => choices.find((value) => value === text.trim()),
    allowed: `one of ${choices.join(', ')}`,
  }
}

function list<Choice extends string>(
  name: string,
  byDefault: Choice,
  choices: readonly Choice[],
  documentation: string,
): ConfigEntry<readonly Choice[]> {
  return {
    name,
    type: 'list',
    defaultText: byDefault,
    documentation,
    parse(text) {
      if (text.trim() === '') return []
      const values = text.split(',').map((part) => part.trim())
      const chosen = choices.filter((value) => values.includes(value))
      return values.every((value) => choices.some((one) => one === value)) ? chosen : undefined
    },
    allowed: `a list of ${choices.join(', ')}`,
  }
}

/** Returns the integer that `text` is; beyond the safe integers it is `Infinity`. */
function integer(text: string, min: number, max: number): number | undefined {
  const trimmed = text.trim()
  if (!/^[+-]?\d{1,19}$/.test(trimmed)) return undefined
  const value = Number(trimmed)
  if (value < min || value > max) return undefined
  // As numbers, the largest 64-bit integer and the one after it are the same.
  if (value >= 2 ** 63 && trimmed.replace('+', '') !== int64Max) return undefined
  return value > Number.MAX_SAFE_INTEGER ? Infinity : value
}
