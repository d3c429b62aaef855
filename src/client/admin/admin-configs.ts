/** What `Admin` does to configs, of topics and others. */

import { describeConfigs } from '../../protocol/describe-configs.ts'
import { incrementalAlterConfigs } from '../../protocol/incremental-alter-configs.ts'
import type { Attempt, Cluster } from '../cluster/cluster.ts'
import type { OperationOptions } from '../settings/kafka-options.ts'
import { throwIfError } from './admin-errors.ts'
import { untilKnown } from './until-known.ts'

/** Whose configs are meant. */
export interface ConfigResource {
  /** What `name` is the name of. */
  readonly type: 'topic' | 'broker' | 'group'
  /** A topic, the id of a broker, or a group. */
  readonly name: string
}

/** A config, and where its value comes from. */
export interface ConfigEntry {
  /** Kafka's name of it, such as `retention.ms`. */
  readonly name: string
  /** `null` where it is secret or not set. */
  readonly value: string | null
  /** Whether nobody has set it. */
  readonly isDefault: boolean
  /** Whether it can only be set where the broker is started. */
  readonly isReadOnly: boolean
  /** Whether it is secret, as passwords are. */
  readonly isSensitive: boolean
  /** What the broker says about it; `null` where it says nothing. */
  readonly documentation: string | null
}

const resourceTypes = { topic: 2, broker: 4, group: 32 } as const
const setOperation = 0
/** Where a config's value comes from, if it is the default of the software. */
const defaultSource = 5
/** Sets configs of a topic, by Kafka's names; resolves once they are known. */
export async function setTopicConfigs(
  cluster: Cluster,
  name: string,
  configs: ReadonlyMap<string, string>,
  options: OperationOptions,
): Promise<void> {
  const action = `alter topic '${name}'`
  const resource = {
    resourceType: resourceTypes.topic,
    resourceName: name,
    configs: [...configs].map(([name, value]) => ({ name, configOperation: setOperation, value })),
  }
  const task = { ...options, action, target: 'controller' } as const
  await cluster.run(task, async ({ channel, signal }) => {
    const input = { resources: [resource] }
    const { responses } = await channel.request(incrementalAlterConfigs, input, { signal })
    for (const { errorCode, errorMessage } of responses) {
      throwIfError(action, { errorCode, errorMessage, topic: name })
    }
  })
  await untilConfigured(cluster, name, configs, options)
}

/** Resolves once the configs of a topic are said to be `expected`. */
function untilConfigured(
  cluster: Cluster,
  name: string,
  expected: ReadonlyMap<string, string>,
  options: OperationOptions,
): Promise<void> {
  const action = `find the configs of topic '${name}'`
  return untilKnown({ cluster, options, action }, async (attempt) => {
    const entries = await readConfigsOnce(attempt, { type: 'topic', name }, action)
    return entries.every((entry) => {
      const value = expected.get(entry.name)
      return value === undefined || plain(value) === plain(entry.value ?? '')
    })
  })
}

/** A broker may write a value in another way than whoever has set it. */
function plain(value: string): string {
  const compact = value.replaceAll(/\s/g, '').toLowerCase()
  return compact !== '' && Number.isFinite(Number(compact)) ? String(Number(compact)) : compact
}

export function readConfigs(
  cluster: Cluster,
  resource: ConfigResource,
  options: OperationOptions,
): Promise<ConfigEntry[]> {
  const { type, name } = resource
  const action = `describe the configs of ${type} '${name}'`
  const target = type === 'broker' ? { node: Number(name) } : 'any'
  return cluster.run({ ...options, action, target }, (attempt) =>
    readConfigsOnce(attempt, resource, action),
  )
}

async function readConfigsOnce(
  { channel, signal }: Attempt,
  { type, name }: ConfigResource,
  action: string,
): Promise<ConfigEntry[]> {
  const resource = { resourceType: resourceTypes[type], resourceName: name }
  const input = { resources: [resource], includeDocumentation: true }
  const { results } = await channel.request(describeConfigs, input, { signal, minVersion: 1 })
  return results.flatMap(({ errorCode, errorMessage, configs }) => {
    throwIfError(action, { errorCode, errorMessage })
    return configs.map((config) => ({
      name: config.name,
      value: config.value,
      isDefault: config.configSource === defaultSource,
      isReadOnly: config.readOnly,
      isSensitive: config.isSensitive,
      documentation: config.documentation,
    }))
  })
}
