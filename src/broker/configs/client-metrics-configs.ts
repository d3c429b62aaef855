/**
 * Subscriptions to metrics of clients (KIP-714): they can be set and listed, as in Kafka. Nobody is
 * asked for metrics, since the broker has nothing that would take them.
 */

import { RequestError } from '../request-error.ts'
import { configSources, configTypes, type DescribedConfig } from '../topic-configs.ts'

const intervalMinMs = 100
const intervalMaxMs = 60 * 60 * 1000

const definitions = {
  'interval.ms': ['int', '300000', 'How often clients are to send their metrics.'],
  match: ['list', '', 'Which clients are to send metrics: name=pattern, separated by commas.'],
  metrics: ['list', '', 'Prefixes of the names of the metrics; * for all.'],
} as const

const matchParameters: readonly string[] = [
  'client_id',
  'client_instance_id',
  'client_software_name',
  'client_software_version',
  'client_source_address',
  'client_source_port',
]

/** @throws RequestError where the configs, by Kafka's names, may not be those of a subscription */
export function checkClientMetrics(name: string, configs: ReadonlyMap<string, string>): void {
  if (name === '') throw new RequestError('INVALID_REQUEST', "Subscription name can't be empty")
  for (const config of configs.keys()) {
    if (isClientMetricsConfig(config)) continue
    throw new RequestError('INVALID_REQUEST', `Unknown client metrics configuration: ${config}`)
  }
  checkInterval(configs.get('interval.ms'))
  for (const pattern of listOf(configs.get('match'))) checkMatch(pattern)
}

export function isClientMetricsConfig(config: string): boolean {
  return Object.hasOwn(definitions, config)
}

/** Returns whether a config is a list, which can be added to. */
export function isClientMetricsList(config: string): boolean {
  return config === 'match' || config === 'metrics'
}

export function describeClientMetrics(
  name: string,
  configs: ReadonlyMap<string, string>,
): DescribedConfig[] {
  checkClientMetrics(name, new Map())
  return Object.entries(definitions).map(([config, [type, defaultText, documentation]]) => {
    const own = configs.get(config)
    const { clientMetrics, default: byDefault } = configSources
    const value = own ?? defaultText
    const configSource = own === undefined ? byDefault : clientMetrics
    return {
      name: config,
      value,
      readOnly: false,
      isDefault: own === undefined,
      configSource,
      isSensitive: false,
      synonyms: [{ name: config, value, source: configSource }],
      configType: configTypes[type],
      documentation,
    }
  })
}

function checkInterval(text: string | undefined): void {
  if (text === undefined) return
  const intervalMs = /^\d{1,10}$/.test(text) ? Number(text) : -1
  if (intervalMs >= intervalMinMs && intervalMs <= intervalMaxMs) return
  const allowed = `interval must be between ${intervalMinMs} and ${intervalMaxMs} (1 hour)`
  throw new RequestError('INVALID_REQUEST', `Invalid value ${text} for interval.ms, ${allowed}`)
}

function checkMatch(pattern: string): void {
  const parts = pattern.split('=').map((part) => part.trim())
  if (parts.length === 2 && parts[1] !== '' && matchParameters.includes(parts[0]!)) return
  throw new RequestError('INVALID_CONFIG', `Illegal client matching pattern: ${pattern}`)
}

function listOf(text = ''): string[] {
  return text.split(',').filter((item) => item.trim() !== '')
}
