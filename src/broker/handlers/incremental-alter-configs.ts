/** IncrementalAlterConfigs: sets, takes back, or adds to single configs of topics (KIP-339). */

import type { RequestOf, ResponseInputOf } from '../../protocol/api.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import type { incrementalAlterConfigs } from '../../protocol/incremental-alter-configs.ts'
import { logConfigEntries } from '../../log/log-config.ts'
import { RequestError, refusalOf } from '../request-error.ts'
import type { Handler } from '../request-context.ts'
import { topicToConfigure } from '../topic-configs.ts'
import type { Topic } from '../topic-table.ts'

type Resource = RequestOf<typeof incrementalAlterConfigs>['resources'][number]
type Result = ResponseInputOf<typeof incrementalAlterConfigs>['responses'][number]

const operations = { set: 0, delete: 1, append: 2, subtract: 3 } as const

export const handleIncrementalAlterConfigs: Handler<typeof incrementalAlterConfigs> = async (
  request,
  { broker },
) => {
  const pending: Promise<void>[] = []
  const responses = request.resources.map((resource): Result => {
    const { resourceType, resourceName } = resource
    try {
      const topic = topicToConfigure(resource, broker.topics)
      const changes = changesOf(resource, topic)
      if (request.validateOnly) broker.topics.checkConfigs(topic, changes)
      else pending.push(broker.topics.setConfigs(topic, changes))
      return { errorCode: errorCodes.NONE, resourceType, resourceName }
    } catch (error) {
      return { ...refusalOf(error), resourceType, resourceName }
    }
  })
  await Promise.all(pending)
  return { responses }
}

function changesOf({ configs }: Resource, topic: Topic): Record<string, string | null> {
  const changes: Record<string, string | null> = {}
  for (const { name, configOperation, value } of configs) {
    if (name in changes) throw new RequestError('INVALID_REQUEST', `Config ${name} is named twice.`)
    if (configOperation === operations.delete) changes[name] = null
    else if (value === null) {
      throw new RequestError('INVALID_REQUEST', `Null value not supported for ${name}.`)
    } else if (configOperation === operations.set) changes[name] = value
    else changes[name] = changedList({ topic, name, value, configOperation })
  }
  return changes
}

function changedList(change: {
  readonly topic: Topic
  readonly name: string
  readonly value: string
  readonly configOperation: number
}): string {
  const { topic, name, value, configOperation } = change
  const entry = logConfigEntries.get(name)
  if (entry?.type !== 'list') {
    throw new RequestError('INVALID_CONFIG', `Config ${name} is not a list that can be added to.`)
  }
  const current = (topic.configs.get(name) ?? entry.defaultText).split(',').filter(Boolean)
  const named = value.split(',')
  if (configOperation === operations.append) return [...new Set([...current, ...named])].join(',')
  if (configOperation !== operations.subtract) {
    throw new RequestError('INVALID_REQUEST', `Unknown operation ${configOperation} on ${name}.`)
  }
  return current.filter((item) => !named.includes(item)).join(',')
}
