/** The configs of topics as clients see them: by Kafka's names, as text, with where they are from. */

import { logConfigEntries, type ConfigEntry } from '../log/log-config.ts'
import type { ResolvedBrokerOptions } from './broker-options.ts'
import type { Topic } from './topics.ts'

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
export const configSources = Object.freeze({ topic: 1, staticBroker: 4, default: 5 })

export const configTypes: Readonly<Record<ConfigEntry<unknown>['type'], number>> = Object.freeze({
  boolean: 1,
  string: 2,
  int: 3,
  long: 5,
  double: 6,
  list: 7,
})

/** Returns all configs of `topic`, those that it does not set as well. */
export function describeTopicConfigs(
  topic: Topic,
  options: ResolvedBrokerOptions,
): DescribedConfig[] {
  return [...logConfigEntries.values()].map((entry) => {
    const { name, defaultText, type, documentation } = entry
    const sources = [
      { value: topic.configs.get(name), source: configSources.topic },
      { value: options.topicDefaults[name], source: configSources.staticBroker },
      { value: defaultText, source: configSources.default },
    ]
    const synonyms = sources.flatMap(({ value, source }) => {
      return value === undefined ? [] : [{ name, value, source }]
    })
    const { value, source } = synonyms[0]!
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
