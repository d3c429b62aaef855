/** The configuration of a topic: typed fields for what is common, Kafka's names for the rest. */

import { InvalidOptionError } from '../failure/errors.ts'
import { entriesOf } from './only-fields.ts'

/** Configs of a topic that are common. What is not given is as the broker has it. */
export interface TopicSettings {
  /** How long records are kept, in milliseconds; -1 for ever. @default the broker's, 7 days */
  readonly retentionMs?: number
  /** Bytes of each partition that are kept; -1 for all. @default the broker's, all */
  readonly retentionBytes?: number
  /** `compact` keeps the last record of each key instead of the newest records. */
  readonly cleanupPolicy?: 'delete' | 'compact' | 'compact,delete'
  /** Size of the largest batch that is accepted, in bytes. */
  readonly maxMessageBytes?: number
  /** Bytes after which a partition begins another file; whole files are what is deleted. */
  readonly segmentBytes?: number
  /** Milliseconds after which a partition begins another file. */
  readonly segmentMs?: number
  /** How long a compacted topic keeps tombstones, in milliseconds. */
  readonly deleteRetentionMs?: number
  /** How batches are stored; `producer` leaves them as they came. */
  readonly compressionType?: 'producer' | 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'
  /** Whose clock stamps records: the producer's or the broker's. */
  readonly messageTimestampType?: 'CreateTime' | 'LogAppendTime'
  /** Replicas that must have a record before `acks` `'all'` is answered. */
  readonly minInsyncReplicas?: number
}

/** What a topic is to be like. */
export interface TopicConfig extends TopicSettings {
  /**
   * Number of partitions: how many consumers of a group can share the topic.
   *
   * @default the broker's
   */
  readonly partitions?: number
  /** Number of brokers that have each partition. Only for a new topic. @default the broker's */
  readonly replicationFactor?: number
  /**
   * By partition, from 0: ids of the brokers that are to have it, of which the first is to lead.
   * Only for a new topic, and then instead of `partitions` and `replicationFactor`.
   *
   * @default chosen by the cluster
   */
  readonly assignments?: Readonly<Record<number, readonly number[]>>
  /** Any other config by Kafka's name. */
  readonly configs?: Readonly<Record<string, string | number | boolean>>
}

/** Kafka's names of the typed fields, and whether they are numbers. */
const fields: Readonly<Record<keyof TopicSettings, { name: string; isNumber: boolean }>> = {
  retentionMs: { name: 'retention.ms', isNumber: true },
  retentionBytes: { name: 'retention.bytes', isNumber: true },
  cleanupPolicy: { name: 'cleanup.policy', isNumber: false },
  maxMessageBytes: { name: 'max.message.bytes', isNumber: true },
  segmentBytes: { name: 'segment.bytes', isNumber: true },
  segmentMs: { name: 'segment.ms', isNumber: true },
  deleteRetentionMs: { name: 'delete.retention.ms', isNumber: true },
  compressionType: { name: 'compression.type', isNumber: false },
  messageTimestampType: { name: 'message.timestamp.type', isNumber: false },
  minInsyncReplicas: { name: 'min.insync.replicas', isNumber: true },
}

/** Kafka's word for `none` where it is about topics. */
const uncompressed = 'uncompressed'
/** What values of typed fields are called here, where Kafka has it in other words. */
const ownWords: ReadonlyMap<string, string> = new Map([
  [uncompressed, 'none'],
  ['delete,compact', 'compact,delete'],
])

const otherFields = new Set(['partitions', 'replicationFactor', 'assignments', 'configs'])

/** Returns `config` by Kafka's names. @throws InvalidOptionError for a field that there is not */
export function toKafkaConfigs(config: TopicConfig): Map<string, string> {
  const configs = new Map<string, string>()
  for (const [name, value] of entriesOf(config.configs ?? {})) configs.set(name, String(value))
  for (const [field, value] of Object.entries(config)) {
    if (value === undefined || otherFields.has(field)) continue
    const known = fields[field as keyof TopicSettings]
    if (!known) {
      const expected = `put into 'configs' under Kafka's name of it`
      throw new InvalidOptionError({ option: field, expected, actual: value })
    }
    configs.set(known.name, value === 'none' ? uncompressed : String(value))
  }
  return configs
}

/** Returns the typed fields of what a broker says. */
export function fromKafkaConfigs(configs: ReadonlyMap<string, string | null>): TopicSettings {
  const settings: Record<string, unknown> = {}
  for (const [field, { name, isNumber }] of Object.entries(fields)) {
    const value = configs.get(name)
    if (value === undefined || value === null) continue
    settings[field] = isNumber ? Number(value) : (ownWords.get(value) ?? value)
  }
  return settings
}
