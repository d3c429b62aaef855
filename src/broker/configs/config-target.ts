/** What AlterConfigs and IncrementalAlterConfigs can change: one resource of whatever type. */

import { logConfigEntries } from '../../log/log-config.ts'
import { RequestError } from '../request-error.ts'
import type { BrokerParts } from '../request-context.ts'
import { topicToConfigure } from '../topic-configs.ts'
import type { ConfigChanges } from '../config-changes.ts'
import {
  checkClientMetrics,
  isClientMetricsConfig,
  isClientMetricsList,
} from './client-metrics-configs.ts'
import { resourceTypes, type ConfigResource } from './resource-configs.ts'

export interface ConfigTarget {
  /** What is set for it. */
  readonly configs: ReadonlyMap<string, string>
  /** Returns what a list has now, set or by default; `undefined` where the config is none. */
  listOf(name: string): string | undefined
  /** Throws what `set` would, and does nothing. */
  check(changes: ConfigChanges): void
  /** Sets configs, at once. Resolves when that is durable. @throws RequestError or LogError */
  set(changes: ConfigChanges): Promise<void>
}

/** @throws RequestError where there is no such resource, or none whose configs can be changed */
export function configTargetOf(resource: ConfigResource, broker: BrokerParts): ConfigTarget {
  const { resourceType, resourceName } = resource
  const { brokerConfigs, groupConfigs, resourceConfigs } = broker
  if (resourceType === resourceTypes.topic) return topicTarget(resource, broker)
  if (resourceType === resourceTypes.brokerLogger) return loggerTarget
  const rules = rulesOf(resourceType, { brokerConfigs, groupConfigs, resourceName })
  const configs = resourceConfigs.of(resource)
  const check = (changes: ConfigChanges): void => {
    // What an Apache Kafka has set that knows more configs stays, and is not looked at.
    const named = new Map([...configs].filter(([name]) => rules.isKnown(name)))
    for (const [name, value] of Object.entries(changes)) {
      if (value === null) named.delete(name)
      else named.set(name, value)
    }
    rules.check(named)
  }
  return {
    configs,
    listOf: (name) => (rules.isList(name) ? (configs.get(name) ?? rules.listOf(name)) : undefined),
    check,
    set(changes) {
      check(changes)
      return resourceConfigs.set(resource, changes)
    },
  }
}

interface Rules {
  check(configs: ReadonlyMap<string, string>): void
  isKnown(name: string): boolean
  isList(name: string): boolean
  /** What a list has where nothing is set. */
  listOf(name: string): string
}

function rulesOf(
  resourceType: number,
  parts: Pick<BrokerParts, 'brokerConfigs' | 'groupConfigs'> & { readonly resourceName: string },
): Rules {
  const { brokerConfigs, groupConfigs, resourceName } = parts
  if (resourceType === resourceTypes.broker) {
    return {
      check: (configs) => brokerConfigs.check(resourceName, configs),
      isKnown: (name) => brokerConfigs.isChangeable(name),
      isList: (name) => brokerConfigs.isList(name),
      listOf: (name) => brokerConfigs.listOf(name),
    }
  }
  if (resourceType === resourceTypes.group) {
    return {
      check: (configs) => groupConfigs.check(resourceName, configs),
      isKnown: (name) => groupConfigs.isKnown(name),
      isList: () => false,
      listOf: () => '',
    }
  }
  if (resourceType === resourceTypes.clientMetrics) {
    return {
      check: (configs) => checkClientMetrics(resourceName, configs),
      isKnown: isClientMetricsConfig,
      isList: isClientMetricsList,
      listOf: () => '',
    }
  }
  const message = `Resource type ${resourceType} has no configs that can be changed.`
  throw new RequestError('INVALID_REQUEST', message)
}

function topicTarget(
  resource: ConfigResource,
  { topics, brokerConfigs }: BrokerParts,
): ConfigTarget {
  const topic = topicToConfigure(resource, topics)
  return {
    configs: topic.configs,
    listOf(name) {
      if (logConfigEntries.get(name)?.type !== 'list') return undefined
      return topic.configs.get(name) ?? brokerConfigs.defaultsOf(name)[0]!.value
    },
    check: (changes) => topics.checkConfigs(topic, changes),
    set: (changes) => topics.setConfigs(topic, changes),
  }
}

const levels: readonly string[] = ['FATAL', 'ERROR', 'WARN', 'INFO', 'DEBUG', 'TRACE']

/** How much the broker says is up to whoever starts it. */
const loggerTarget: ConfigTarget = {
  configs: new Map(),
  listOf: () => undefined,
  check(changes) {
    for (const [name, level] of Object.entries(changes)) {
      if (name !== 'root')
        throw new RequestError('INVALID_CONFIG', `Logger ${name} does not exist!`)
      if (level !== null && levels.includes(level)) continue
      throw new RequestError('INVALID_CONFIG', `Cannot set the log level of ${name} to ${level}.`)
    }
    const message = 'The log level is set when the broker is started.'
    throw new RequestError('INVALID_REQUEST', message)
  },
  set(changes) {
    this.check(changes)
    return Promise.resolve()
  },
}
