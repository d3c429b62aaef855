/** What AlterConfigs and IncrementalAlterConfigs have in common: each resource by itself. */

import { errorCodes } from '../../protocol/error-codes.ts'
import type { RequestContext } from '../request-context.ts'
import { RequestError, refusalOf } from '../request-error.ts'
import { checkMayConfigure } from '../security/config-access.ts'
import { configTargetOf, type ConfigTarget } from './config-target.ts'

interface NamedResource {
  readonly resourceType: number
  readonly resourceName: string
}

export interface AlterResult extends NamedResource {
  readonly errorCode: number
  readonly errorMessage?: string
}

/** New values of configs by name; `null` is the default's. */
export type ConfigChanges = Record<string, string | null>

/** Returns an object without a prototype: a client may name a config as what all objects have. */
export function noChanges(): ConfigChanges {
  return Object.create(null) as ConfigChanges
}

interface Alteration<Resource> {
  readonly validateOnly: boolean
  /** @throws RequestError where the request says what cannot be */
  readonly changesOf: (resource: Resource, target: ConfigTarget) => ConfigChanges
}

/** Changes what can be changed; resolves once that is durable. */
export async function alterResources<Resource extends NamedResource>(
  resources: readonly Resource[],
  context: RequestContext,
  { validateOnly, changesOf }: Alteration<Resource>,
): Promise<AlterResult[]> {
  const pending: Promise<void>[] = []
  const named = Map.groupBy(resources, keyOf)
  const results = resources.map((resource): AlterResult => {
    const { resourceType, resourceName } = resource
    try {
      if (named.get(keyOf(resource))!.length > 1) {
        throw new RequestError('INVALID_REQUEST', 'Each resource must appear at most once.')
      }
      checkMayConfigure(context, 'alterConfigs', resource)
      const target = configTargetOf(resource, context.broker)
      const changes = changesOf(resource, target)
      if (validateOnly) target.check(changes)
      else pending.push(target.set(changes))
      return { errorCode: errorCodes.NONE, resourceType, resourceName }
    } catch (error) {
      return { ...refusalOf(error), resourceType, resourceName }
    }
  })
  await Promise.all(pending)
  return results
}

function keyOf({ resourceType, resourceName }: NamedResource): string {
  return `${resourceType} ${resourceName}`
}
