/**
 * AlterConfigs: replaces all configs of topics, or of others that have some, at once; those that
 * are not named go back to their defaults. Older clients know no other way (KIP-133).
 */

import type { RequestOf } from '../../protocol/api.ts'
import type { alterConfigs } from '../../protocol/alter-configs.ts'
import { alterResources, noChanges, type ConfigChanges } from '../configs/alter-resources.ts'
import type { ConfigTarget } from '../configs/config-target.ts'
import { RequestError } from '../request-error.ts'
import type { Handler } from '../request-context.ts'

type Resource = RequestOf<typeof alterConfigs>['resources'][number]

export const handleAlterConfigs: Handler<typeof alterConfigs> = async (request, context) => {
  const { resources, validateOnly } = request
  return { responses: await alterResources(resources, context, { validateOnly, changesOf }) }
}

function changesOf({ configs }: Resource, target: ConfigTarget): ConfigChanges {
  const changes = noChanges()
  for (const name of target.configs.keys()) changes[name] = null
  const named = new Set<string>()
  for (const { name, value } of configs) {
    if (named.has(name)) throw new RequestError('INVALID_REQUEST', `Config ${name} is named twice.`)
    named.add(name)
    if (value === null) {
      throw new RequestError('INVALID_REQUEST', `Null value not supported for ${name}.`)
    }
    changes[name] = value
  }
  return changes
}
