/** The configs of single groups (KIP-848): how often members report, and how long they may not. */

import type { ResolvedGroupOptions } from '../groups/group-options.ts'
import type { SessionTimes } from '../groups/group-parts.ts'
import { RequestError } from '../request-error.ts'
import { configSources, configTypes, type DescribedConfig } from '../topic-configs.ts'
import { resourceTypes, type ResourceConfigs } from './resource-configs.ts'

const sessionTimeout = 'consumer.session.timeout.ms'
const heartbeatInterval = 'consumer.heartbeat.interval.ms'

const documentation: Readonly<Record<string, string>> = {
  [sessionTimeout]: 'How long a member may be silent before its partitions go to others.',
  [heartbeatInterval]: 'How often members are asked to report.',
}

export class GroupConfigs {
  readonly #configs: ResourceConfigs
  readonly #options: ResolvedGroupOptions

  constructor(configs: ResourceConfigs, options: ResolvedGroupOptions) {
    this.#configs = configs
    this.#options = options
  }

  /** What members of a group are held to. */
  sessionOf(groupId: string): SessionTimes {
    return this.#timesOf(this.#setFor(groupId))
  }

  isKnown(name: string): boolean {
    return Object.hasOwn(documentation, name)
  }

  /** @throws RequestError where the configs, by Kafka's names, may not be those of a group */
  check(groupId: string, configs: ReadonlyMap<string, string>): void {
    checkGroupName(groupId)
    for (const [name, text] of configs) {
      if (!this.isKnown(name)) throw invalid(`Unknown group config name: ${name}`)
      if (!/^[1-9]\d{0,9}$/.test(text)) {
        throw invalid(`Invalid value ${text} for configuration ${name}: Value must be at least 1`)
      }
    }
    const { maxSessionTimeoutMs } = this.#options
    const { sessionTimeoutMs, heartbeatIntervalMs } = this.#timesOf(configs)
    // That of the broker is not up to who configures a group.
    if (configs.has(sessionTimeout) && sessionTimeoutMs > maxSessionTimeoutMs) {
      throw invalid(`${sessionTimeout} must be less than or equal to ${maxSessionTimeoutMs}`)
    }
    if (sessionTimeoutMs <= heartbeatIntervalMs) {
      throw invalid(`${sessionTimeout} must be greater than ${heartbeatInterval}`)
    }
  }

  describe(groupId: string): DescribedConfig[] {
    checkGroupName(groupId)
    const configs = this.#setFor(groupId)
    const defaults = this.#timesOf(new Map())
    const values = [
      [sessionTimeout, defaults.sessionTimeoutMs],
      [heartbeatInterval, defaults.heartbeatIntervalMs],
    ] as const
    return values.map(([name, value]) => {
      const own = configs.get(name)
      const sources = [
        ...(own === undefined ? [] : [{ name, value: own, source: configSources.group }]),
        { name: `group.${name}`, value: String(value), source: configSources.default },
      ]
      return {
        name,
        value: sources[0]!.value,
        readOnly: false,
        isDefault: own === undefined,
        configSource: sources[0]!.source,
        isSensitive: false,
        synonyms: sources,
        configType: configTypes.int,
        documentation: documentation[name]!,
      }
    })
  }

  #setFor(resourceName: string): ReadonlyMap<string, string> {
    return this.#configs.of({ resourceType: resourceTypes.group, resourceName })
  }

  #timesOf(configs: ReadonlyMap<string, string>): SessionTimes {
    const { consumerSessionTimeoutMs, consumerHeartbeatIntervalMs } = this.#options
    return {
      sessionTimeoutMs: Number(configs.get(sessionTimeout) ?? consumerSessionTimeoutMs),
      heartbeatIntervalMs: Number(configs.get(heartbeatInterval) ?? consumerHeartbeatIntervalMs),
    }
  }
}

function checkGroupName(groupId: string): void {
  if (groupId !== '') return
  throw new RequestError('INVALID_REQUEST', 'Group name cannot be empty.')
}

function invalid(message: string): RequestError {
  return new RequestError('INVALID_CONFIG', message)
}
