/**
 * IncrementalAlterConfigs: sets, takes back, or adds to single configs of topics, groups, client
 * metrics, and of this broker (KIP-339).
 */

import type { RequestOf } from '../../protocol/api.ts'
import type { incrementalAlterConfigs } from '../../protocol/incremental-alter-configs.ts'
import { alterResources, noChanges, type ConfigChanges } from '../configs/alter-resources.ts'
import type { ConfigTarget } from '../configs/config-target.ts'
import { RequestError } from '../request-error.ts'
import type { Handler } from '../request-context.ts'

type Resource = RequestOf<typeof incrementalAlterConfigs>['resources'][number]

const operations = { set: 0, delete: 1, append: 2, subtract: 3 } as const

/** No string of the protocol may be longer. */
const valueMaxBytes = 32_767

export const handleIncrementalAlterConfigs: Handler<typeof incrementalAlterConfigs> = async (
  request,
  context,
) => {
  const { resources, validateOnly } = request
  return { responses: await alterResources(resources, context, { validateOnly, changesOf }) }
}

function changesOf({ configs }: Resource, target: ConfigTarget): ConfigChanges {
  const changes = noChanges()
  for (const { name, configOperation, value } of configs) {
    if (name in changes) throw new RequestError('INVALID_REQUEST', `Config ${name} is named twice.`)
    if (configOperation === operations.delete) changes[name] = null
    else if (value === null) {
      throw new RequestError('INVALID_REQUEST', `Null value not supported for ${name}.`)
    } else if (configOperation === operations.set) changes[name] = value
    else changes[name] = changedList({ target, name, value, configOperation })
  }
  return changes
}

function changedList(change: {
  readonly target: ConfigTarget
  readonly name: string
  readonly value: string
  readonly configOperation: number
}): string {
  const { target, name, value, configOperation } = change
  const list = target.listOf(name)
  if (list === undefined) {
    throw new RequestError('INVALID_CONFIG', `Config ${name} is not a list that can be added to.`)
  }
  const current = list.split(',').filter(Boolean)
  const named = value.split(',')
  if (configOperation === operations.append) {
    const longer = [...new Set([...current, ...named])].join(',')
    if (new TextEncoder().encode(longer).length <= valueMaxBytes) return longer
    const message = `Config ${name} would be longer than ${valueMaxBytes} bytes.`
    throw new RequestError('INVALID_CONFIG', message)
  }
  if (configOperation !== operations.subtract) {
    throw new RequestError('INVALID_REQUEST', `Unknown operation ${configOperation} on ${name}.`)
  }
  return current.filter((item) => !named.includes(item)).join(',')
}
