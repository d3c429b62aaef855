/** The configs of topics as clients see them: Kafka's names, as text, and where each is from. */

import type { ConfigEntry } from '../log/config-entry.ts'
import { logConfigEntries } from '../log/log-config.ts'
import { RequestError } from './request-error.ts'
import { checkTopicName } from './topic-name.ts'
import type { Topic } from './topic-table.ts'
import type { Topics } from './topics.ts'

export interface DescribedConfig {
  readonly name: string
  readonly value: string
  readonly readOnly: boolean
  readonly isDefault: boolean
  readonly configSource: number
  readonly isSensitive: boolean
  readonly synonyms: readonly {
    readonly name: string
    readonly value: string
    readonly source: number
  }[]
  readonly configType: number
  readonly documentation: string
}

/** Where a value is from, in Kafka's numbers. */
export const configSources = Object.freeze({
  topic: 1,
  dynamicBroker: 2,
  dynamicDefault: 3,
  staticBroker: 4,
  default: 5,
  brokerLogger: 6,
  clientMetrics: 7,
  group: 8,
})

/** A value, and where it is from. */
export interface ConfigValue {
  readonly value: string
  readonly source: number
}

/** Knows what configs of topics are that a topic does not set. */
export interface TopicDefaults {
  /** Returns what a topic config is, the strongest first; there is one at least. */
  defaultsOf(name: string): ConfigValue[]
}

export const configTypes: Readonly<Record<ConfigEntry<unknown>['type'], number>> = Object.freeze({
  boolean: 1,
  string: 2,
  int: 3,
  long: 5,
  double: 6,
  list: 7,
})

/** What topic configs are called in brokers, where it is not `log.` and the same name. */
const brokerNames: Readonly<Record<string, string | undefined>> = Object.freeze({
  'delete.retention.ms': 'log.cleaner.delete.retention.ms',
  'file.delete.delay.ms': 'log.segment.delete.delay.ms',
  'flush.messages': 'log.flush.interval.messages',
  'flush.ms': 'log.flush.interval.ms',
  'max.compaction.lag.ms': 'log.cleaner.max.compaction.lag.ms',
  'max.message.bytes': 'message.max.bytes',
  'min.cleanable.dirty.ratio': 'log.cleaner.min.cleanable.ratio',
  'min.compaction.lag.ms': 'log.cleaner.min.compaction.lag.ms',
  'segment.index.bytes': 'log.index.size.max.bytes',
  'segment.jitter.ms': 'log.roll.jitter.ms',
  'segment.ms': 'log.roll.ms',
})
const sameNames = /^(compression\.|min\.insync|unclean\.)/
const topicsOnly = /\.throttled\.replicas$/
/** Kafka has these in several units, and a default for none in particular. */
const withoutDefault = new Set(['flush.ms', 'retention.ms', 'segment.jitter.ms', 'segment.ms'])

/** Returns what a topic config is called where it is set for a broker, if it can be. */
export function brokerNameOf(name: string): string | undefined {
  if (topicsOnly.test(name)) return undefined
  return sameNames.test(name) ? name : (brokerNames[name] ?? `log.${name}`)
}

function synonymOf(name: string, source: number): string | undefined {
  if (source === configSources.topic) return name
  if (source === configSources.default && withoutDefault.has(name)) return undefined
  return brokerNameOf(name)
}

/** Returns all configs of a topic that sets `configs`: those that it leaves to others as well. */
export function describeTopicConfigs(
  configs: ReadonlyMap<string, string>,
  defaults: TopicDefaults,
): DescribedConfig[] {
  return [...logConfigEntries.values()].map((entry) => {
    const { name, type, documentation } = entry
    const own = configs.get(name)
    const known = [
      ...(own === undefined ? [] : [{ value: own, source: configSources.topic }]),
      ...defaults.defaultsOf(name),
    ]
    const { value, source } = known[0]!
    const synonyms = known.flatMap((one) => {
      const synonym = synonymOf(name, one.source)
      return synonym === undefined ? [] : [{ ...one, name: synonym }]
    })
    return {
      name,
      value,
      readOnly: false,
      isDefault: source !== configSources.topic,
      configSource: source,
      isSensitive: false,
      synonyms,
      configType: configTypes[type],
      documentation,
    }
  })
}

/** @throws RequestError where there is no such topic, or clients may not change its configs */
export function topicToConfigure(
  { resourceName }: { readonly resourceName: string },
  topics: Topics,
): Topic {
  if (resourceName === '') {
    throw new RequestError('INVALID_REQUEST', 'The default of all topics cannot be changed.')
  }
  checkTopicName(resourceName)
  const topic = topics.byName(resourceName)
  if (!topic) {
    throw new RequestError('UNKNOWN_TOPIC_OR_PARTITION', `There is no topic '${resourceName}'.`)
  }
  if (topic.isInternal) {
    throw new RequestError('INVALID_REQUEST', `Topic '${resourceName}' is the broker's own.`)
  }
  return topic
}
