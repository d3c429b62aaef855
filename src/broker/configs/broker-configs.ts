/**
 * The configs of this broker in Kafka's names. Those that are defaults of topics can be changed
 * while it runs: for this broker, or, by the name '', for all. The others are options, which are
 * set when it starts.
 */

import {
  configInForce,
  logConfigEntries,
  resolveLogConfig,
  type LogConfig,
} from '../../log/log-config.ts'
import { LogError } from '../../log/log-error.ts'
import { brokerDefaults, type ResolvedBrokerOptions } from '../broker-options.ts'
import { groupDefaults } from '../groups/group-options.ts'
import { RequestError } from '../request-error.ts'
import {
  brokerNameOf,
  configSources,
  configTypes,
  type ConfigValue,
  type DescribedConfig,
} from '../topic-configs.ts'
import { resourceTypes, type ResourceConfigs } from './resource-configs.ts'

/** By the names that they have for brokers: the topic configs whose defaults a broker has. */
const topicNames: ReadonlyMap<string, string> = new Map(
  [...logConfigEntries.keys()].flatMap((name) => {
    const brokerName = brokerNameOf(name)
    return brokerName === undefined ? [] : [[brokerName, name] as const]
  }),
)

type FixedType = 'boolean' | 'int' | 'long'

export class BrokerConfigs {
  readonly #configs: ResourceConfigs
  readonly #options: ResolvedBrokerOptions

  constructor(configs: ResourceConfigs, options: ResolvedBrokerOptions) {
    this.#configs = configs
    this.#options = options
  }

  /** What a topic config is where the topic does not set it: the strongest first. */
  defaultsOf(name: string): ConfigValue[] {
    const brokerName = brokerNameOf(name) ?? name
    const { nodeId, topicDefaults } = this.#options
    const values = [
      [this.#setFor(String(nodeId)).get(brokerName), configSources.dynamicBroker],
      [this.#setFor('').get(brokerName), configSources.dynamicDefault],
      [topicDefaults[name], configSources.staticBroker],
      [logConfigEntries.get(name)!.defaultText, configSources.default],
    ] as const
    return values.flatMap(([value, source]) => (value === undefined ? [] : [{ value, source }]))
  }

  /** What logs run with where their topics set nothing. */
  topicDefaults(): LogConfig {
    const { nodeId, topicDefaults } = this.#options
    const forAll = usable(ofTopics(this.#setFor('')))
    const own = usable(ofTopics(this.#setFor(String(nodeId))))
    return configInForce({ ...topicDefaults, ...forAll, ...own })
  }

  /** @throws RequestError where the configs, by Kafka's names, may not be set for that broker */
  check(name: string, configs: ReadonlyMap<string, string>): void {
    this.#checkName(name)
    const fixed = [...configs.keys()].filter((config) => !topicNames.has(config))
    if (fixed.length > 0) {
      const message = `Cannot update these configs dynamically: Set(${fixed.join(', ')})`
      throw new RequestError('INVALID_REQUEST', message)
    }
    const isForAll = name === ''
    const { nodeId, topicDefaults } = this.#options
    const others = usable(ofTopics(this.#setFor(isForAll ? String(nodeId) : '')))
    const given = ofTopics(configs)
    try {
      resolveLogConfig(given)
      const [weaker, stronger] = isForAll ? [given, others] : [others, given]
      resolveLogConfig({ ...topicDefaults, ...weaker, ...stronger })
    } catch (error) {
      if (!(error instanceof LogError)) throw error
      throw new RequestError('INVALID_REQUEST', error.message)
    }
  }

  isChangeable(config: string): boolean {
    return topicNames.has(config)
  }

  isList(config: string): boolean {
    const name = topicNames.get(config)
    return name !== undefined && logConfigEntries.get(name)?.type === 'list'
  }

  /** Returns what a config that is a list has now, whoever has set it. */
  listOf(config: string): string {
    return this.defaultsOf(topicNames.get(config)!)[0]!.value
  }

  /** For the name '' only what is set for all brokers, as by Kafka. */
  describe(name: string): DescribedConfig[] {
    this.#checkName(name)
    if (name !== '') return [...this.#fixed(), ...this.#changeable()]
    return [...this.#setFor('')].flatMap(([config, value]) => {
      const topicName = topicNames.get(config)
      const source = configSources.dynamicDefault
      return topicName === undefined ? [] : [described(config, topicName, [{ value, source }])]
    })
  }

  #changeable(): DescribedConfig[] {
    return [...topicNames].map(([config, name]) => described(config, name, this.defaultsOf(name)))
  }

  #fixed(): DescribedConfig[] {
    return fixedConfigs(this.#options).map(([name, type, value, defaultValue]) => {
      const isDefault = value === defaultValue
      const configSource = isDefault ? configSources.default : configSources.staticBroker
      return {
        name,
        value: String(value),
        readOnly: true,
        isDefault,
        configSource,
        isSensitive: false,
        synonyms: [{ name, value: String(value), source: configSource }],
        configType: configTypes[type],
        documentation: 'Set when the broker is started.',
      }
    })
  }

  #checkName(name: string): void {
    const { nodeId } = this.#options
    if (name === '' || name === String(nodeId)) return
    const message = `Unexpected broker id, expected ${nodeId} or empty string, but received ${name}`
    throw new RequestError('INVALID_REQUEST', message)
  }

  #setFor(resourceName: string): ReadonlyMap<string, string> {
    return this.#configs.of({ resourceType: resourceTypes.broker, resourceName })
  }
}

/** Leaves out what an Apache Kafka has allowed, and we do not: no start shall fail for that. */
function usable(configs: Readonly<Record<string, string>>): Record<string, string> {
  const isUsable = ([name, value]: [string, string]): boolean =>
    logConfigEntries.get(name)?.parse(value) !== undefined
  return Object.fromEntries(Object.entries(configs).filter(isUsable))
}

/** Returns those that are defaults of topics, by the names that they have there. */
function ofTopics(configs: ReadonlyMap<string, string>): Record<string, string> {
  const entries = [...configs].flatMap(([config, value]) => {
    const name = topicNames.get(config)
    return name === undefined ? [] : [[name, value] as const]
  })
  return Object.fromEntries(entries)
}

function described(
  config: string,
  topicName: string,
  values: readonly ConfigValue[],
): DescribedConfig {
  const { type, documentation } = logConfigEntries.get(topicName)!
  const { value, source } = values[0]!
  return {
    name: config,
    value,
    readOnly: false,
    isDefault: source === configSources.default,
    configSource: source,
    isSensitive: false,
    synonyms: values.map((one) => ({ ...one, name: config })),
    configType: configTypes[type],
    documentation,
  }
}

/** Name, type, value, and value where nobody sets it. */
type FixedConfig = readonly [
  name: string,
  type: FixedType,
  value: number | boolean,
  byDefault: number | boolean | undefined,
]

type BrokerField =
  | 'autoCreateTopics'
  | 'compactionCheckMs'
  | 'defaultPartitions'
  | 'fetchMaxBytes'
  | 'maxTransactionTimeoutMs'
  | 'retentionCheckMs'
  | 'transactionalIdExpirationMs'
type GroupField = Exclude<keyof typeof groupDefaults, 'migrationPolicy'>

/** What is set when the broker starts, in the order of the names. */
function fixedConfigs(options: ResolvedBrokerOptions): readonly FixedConfig[] {
  const of = (name: string, type: FixedType, field: BrokerField): FixedConfig => {
    return [name, type, options[field], brokerDefaults[field]]
  }
  const ofGroups = (name: string, field: GroupField): FixedConfig => {
    return [name, 'int', options.groups[field], groupDefaults[field]]
  }
  return [
    of('auto.create.topics.enable', 'boolean', 'autoCreateTopics'),
    ['broker.id', 'int', options.nodeId, undefined],
    ['default.replication.factor', 'int', 1, 1],
    of('fetch.max.bytes', 'int', 'fetchMaxBytes'),
    ofGroups('group.consumer.heartbeat.interval.ms', 'consumerHeartbeatIntervalMs'),
    ofGroups('group.consumer.session.timeout.ms', 'consumerSessionTimeoutMs'),
    ofGroups('group.initial.rebalance.delay.ms', 'initialRebalanceDelayMs'),
    ofGroups('group.max.session.timeout.ms', 'maxSessionTimeoutMs'),
    ofGroups('group.max.size', 'maxSize'),
    ofGroups('group.min.session.timeout.ms', 'minSessionTimeoutMs'),
    of('log.cleaner.backoff.ms', 'long', 'compactionCheckMs'),
    of('log.retention.check.interval.ms', 'long', 'retentionCheckMs'),
    ['node.id', 'int', options.nodeId, undefined],
    of('num.partitions', 'int', 'defaultPartitions'),
    ofGroups('offset.metadata.max.bytes', 'offsetMetadataMaxLength'),
    ['offsets.topic.num.partitions', 'int', 1, 1],
    ['quota.window.num', 'int', 11, 11],
    ['quota.window.size.seconds', 'int', 1, 1],
    of('transaction.max.timeout.ms', 'int', 'maxTransactionTimeoutMs'),
    of('transactional.id.expiration.ms', 'int', 'transactionalIdExpirationMs'),
  ]
}
