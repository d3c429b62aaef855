/** What `Admin` does to configs, of topics and others. */

import { describeConfigs } from '../../protocol/describe-configs.ts'
import { incrementalAlterConfigs } from '../../protocol/incremental-alter-configs.ts'
import type { Attempt, Cluster } from '../cluster/cluster.ts'
import { InvalidOptionError } from '../failure/errors.ts'
import { oneOf, wholeNumber, type OperationOptions } from '../settings/kafka-options.ts'
import { throwIfError } from './admin-errors.ts'
import { askEachBroker } from './each-broker.ts'
import { entriesOf, onlyFields } from './only-fields.ts'
import { untilKnown } from './until-known.ts'

/** Whose configs are meant. */
export interface ConfigResource {
  /** What `name` is the name of. */
  readonly type: 'topic' | 'broker' | 'group'
  /**
   * A topic, the id of a broker, or a group.
   *
   * @default of brokers what is set for all of them; else it has to be given
   */
  readonly name?: string
}

/**
 * Configs to set, by Kafka's names. With `null` what was set is taken back: then the value is that
 * of all brokers, or of the broker's file, or Kafka's own.
 */
export type ConfigChanges = Readonly<Record<string, string | number | boolean | null>>

/**
 * Where the value of a config comes from, in Kafka's words. `DYNAMIC_DEFAULT_BROKER_CONFIG` is what
 * is set for all brokers, `STATIC_BROKER_CONFIG` what is in the file that a broker is started with.
 */
export type ConfigSource = (typeof sources)[number]

/** A config, and where its value comes from. */
export interface ConfigEntry {
  /** Kafka's name of it, such as `retention.ms`. */
  readonly name: string
  /** `null` where it is secret or not set. */
  readonly value: string | null
  /** Where the value comes from. */
  readonly source: ConfigSource
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
const operations = { set: 0, delete: 1 } as const
/** In the order of their numbers. */
const sources = [
  'UNKNOWN_CONFIG',
  'DYNAMIC_TOPIC_CONFIG',
  'DYNAMIC_BROKER_CONFIG',
  'DYNAMIC_DEFAULT_BROKER_CONFIG',
  'STATIC_BROKER_CONFIG',
  'DEFAULT_CONFIG',
  'DYNAMIC_BROKER_LOGGER_CONFIG',
  'DYNAMIC_CLIENT_METRICS_CONFIG',
  'DYNAMIC_GROUP_CONFIG',
] as const

/** Sets configs, and takes others back; resolves once they are known. */
export async function alterConfigs(
  cluster: Cluster,
  resource: ConfigResource,
  changes: ConfigChanges,
  options: OperationOptions,
): Promise<void> {
  const named = namedResource(resource)
  const action = `alter the configs of ${named.text}`
  const configs = entriesOf(changes).map(([name, value]) => ({
    name,
    configOperation: value === null ? operations.delete : operations.set,
    value: value === null ? null : String(value),
  }))
  const input = { resources: [{ ...named.onWire, configs }] }
  const target = named.node === undefined ? 'controller' : { node: named.node }
  const task = { ...options, action, target, purpose: 'changes' } as const
  await cluster.run(task, async ({ channel, signal }) => {
    const { responses } = await channel.request(incrementalAlterConfigs, input, { signal })
    for (const { errorCode, errorMessage } of responses) {
      throwIfError(action, { errorCode, errorMessage, ...named.facts })
    }
  })
  await untilConfigured(cluster, named, changes, options)
}

/** A resource as requests name it, and as messages do. */
interface NamedResource {
  readonly onWire: { readonly resourceType: number; readonly resourceName: string }
  readonly text: string
  /** The broker that has to be asked; any can be, where there is none. */
  readonly node?: number
  readonly facts: { readonly topic?: string; readonly group?: string }
  /** Where values come from that are set for this resource. */
  readonly source: ConfigSource
}

function namedResource(resource: ConfigResource): NamedResource {
  onlyFields(resource, ['type', 'name'])
  const { type, name = '' } = resource
  oneOf('type', type, ['topic', 'broker', 'group'] as const)
  const onWire = { resourceType: resourceTypes[type], resourceName: name }
  const text = `${type} '${name}'`
  if (type === 'broker') {
    const facts = {}
    if (name === '') {
      return { onWire, text: 'all brokers', facts, source: 'DYNAMIC_DEFAULT_BROKER_CONFIG' }
    }
    const node = wholeNumber('name', Number(name))
    return { onWire, text, node, facts, source: 'DYNAMIC_BROKER_CONFIG' }
  }
  if (name === '') {
    throw new InvalidOptionError({ option: 'name', expected: `that of a ${type}`, actual: name })
  }
  return type === 'topic'
    ? { onWire, text, facts: { topic: name }, source: 'DYNAMIC_TOPIC_CONFIG' }
    : { onWire, text, facts: { group: name }, source: 'DYNAMIC_GROUP_CONFIG' }
}

/** Resolves once configs are said to be as `changes` has them, by all who have to do with them. */
function untilConfigured(
  cluster: Cluster,
  resource: NamedResource,
  changes: ConfigChanges,
  options: OperationOptions,
): Promise<void> {
  const action = `find the configs of ${resource.text}`
  const isKnownTo = async (attempt: Attempt): Promise<boolean> => {
    const entries = await readConfigsOnce(attempt, resource, action)
    const found = new Map(entries.map((entry) => [entry.name, entry]))
    return entriesOf(changes).every(([name, value]) => isAs(value, found.get(name), resource))
  }
  const { node, source } = resource
  return untilKnown({ cluster, options, action }, async (attempt) => {
    const { signal } = attempt
    if (source === 'DYNAMIC_DEFAULT_BROKER_CONFIG') {
      const known = await askEachBroker(cluster, attempt, (channel) =>
        isKnownTo({ channel, signal }),
      )
      return known.every(Boolean)
    }
    if (node === undefined) return isKnownTo(attempt)
    return isKnownTo({ channel: await cluster.channel({ node }, 'requests', signal), signal })
  })
}

/** Whether a config is as it was set, or no longer set where that was taken back. */
function isAs(
  value: ConfigChanges[string],
  entry: ConfigEntry | undefined,
  { source }: NamedResource,
): boolean {
  if (value === null) return entry?.source !== source
  // Nobody tells what secret ones are.
  if (!entry || entry.isSensitive) return entry !== undefined
  return plain(entry.value ?? '') === plain(String(value))
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
  const named = namedResource(resource)
  const action = `describe the configs of ${named.text}`
  const target = named.node === undefined ? 'any' : { node: named.node }
  return cluster.run({ ...options, action, target }, (attempt) =>
    readConfigsOnce(attempt, named, action),
  )
}

async function readConfigsOnce(
  { channel, signal }: Attempt,
  { onWire, facts }: NamedResource,
  action: string,
): Promise<ConfigEntry[]> {
  const input = { resources: [onWire], includeDocumentation: true }
  const { results } = await channel.request(describeConfigs, input, { signal, minVersion: 1 })
  return results.flatMap(({ errorCode, errorMessage, configs }) => {
    throwIfError(action, { errorCode, errorMessage, ...facts })
    return configs.map((config) => {
      const source = sources[config.configSource] ?? 'UNKNOWN_CONFIG'
      return {
        name: config.name,
        value: config.value,
        source,
        isDefault: source === 'DEFAULT_CONFIG',
        isReadOnly: config.readOnly,
        isSensitive: config.isSensitive,
        documentation: config.documentation,
      }
    })
  })
}
