/**
 * AlterConfigs: replaces all configs of topics, or of others that have some, at once; those that
 * are not named go back to their defaults. Older clients know no other way (KIP-133).
 */

import type { RequestOf, ResponseInputOf } from '../../protocol/api.ts'
import type { alterConfigs } from '../../protocol/alter-configs.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { configTargetOf, type ConfigTarget } from '../configs/config-target.ts'
import { RequestError, refusalOf } from '../request-error.ts'
import type { Handler } from '../request-context.ts'
import { checkMayConfigure } from '../security/config-access.ts'

type Resource = RequestOf<typeof alterConfigs>['resources'][number]
type Result = ResponseInputOf<typeof alterConfigs>['responses'][number]

export const handleAlterConfigs: Handler<typeof alterConfigs> = async (request, context) => {
  const pending: Promise<void>[] = []
  const responses = request.resources.map((resource): Result => {
    const { resourceType, resourceName } = resource
    try {
      checkMayConfigure(context, 'alterConfigs', resource)
      const target = configTargetOf(resource, context.broker)
      const changes = changesOf(resource, target)
      if (request.validateOnly) target.check(changes)
      else pending.push(target.set(changes))
      return { errorCode: errorCodes.NONE, resourceType, resourceName }
    } catch (error) {
      return { ...refusalOf(error), resourceType, resourceName }
    }
  })
  await Promise.all(pending)
  return { responses }
}

function changesOf({ configs }: Resource, target: ConfigTarget): Record<string, string | null> {
  const changes: Record<string, string | null> = {}
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
