/** Changes of the configs of a topic, and whether they are right. */

import { logConfigEntries, resolveLogConfig, type LogConfig } from '../log/log-config.ts'
import { RequestError } from './request-error.ts'

/** Configs by Kafka's names; `null` takes one back to its default. */
export type ConfigChanges = Readonly<Record<string, string | null>>

/**
 * @param present the configs that the topic sets now
 * @throws RequestError or LogError, naming the config that is unknown or not allowed
 */
export function checkConfigChanges(
  present: ReadonlyMap<string, string>,
  changes: ConfigChanges,
  defaults: LogConfig,
): void {
  // What an Apache Kafka has set that knows more configs stays, and is not looked at.
  const known = [...present].filter(([config]) => logConfigEntries.has(config))
  const configs = new Map(known)
  for (const [config, value] of Object.entries(changes)) {
    if (value === null) {
      // MirrorMaker takes back all that its source has by default, also what is unknown here.
      configs.delete(config)
      continue
    }
    if (!logConfigEntries.has(config)) {
      throw new RequestError('INVALID_CONFIG', `Unknown topic config name: ${config}`)
    }
    configs.set(config, value)
  }
  resolveLogConfig(Object.fromEntries(configs), defaults)
}
