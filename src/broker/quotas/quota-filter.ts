/** Which quotas a DescribeClientQuotas request asks for: entities by type, name or default. */

import type { DescribeClientQuotasRequest } from '../../protocol/describe-client-quotas.ts'
import { RequestError } from '../request-error.ts'
import type { QuotaEntity } from './quota-entity.ts'

/** Kafka's numbers. */
const matchTypes = { exact: 0, default: 1, specified: 2 } as const

/** Returns whether an entity is asked for. @throws RequestError where the filter makes no sense */
export function quotaFilter(
  request: DescribeClientQuotasRequest,
): (entity: QuotaEntity) => boolean {
  /** By type: the name, or `null` for the default. */
  const exact = new Map<string, string | null>()
  const present = new Set<string>()
  for (const { entityType: type, matchType, match } of request.components) {
    if (type === '') throw invalid('Invalid empty entity type.')
    if (exact.has(type) || present.has(type)) {
      throw invalid(`Entity type ${type} cannot appear more than once in the filter.`)
    }
    if (type !== 'ip' && type !== 'user' && type !== 'client-id') {
      throw new RequestError('UNSUPPORTED_VERSION', `Unsupported entity type ${type}`)
    }
    checkMatch(matchType, match)
    if (matchType === matchTypes.specified) present.add(type)
    else exact.set(type, match)
  }
  const types = new Set([...exact.keys(), ...present])
  if (types.has('ip') && types.size > 1) {
    throw invalid(
      'Invalid entity filter component combination. IP filter component should not be used with ' +
        'user or clientId filter component.',
    )
  }
  return (entity) => {
    if (request.strict && entity.size !== types.size) return false
    for (const [type, name] of exact) if (entity.get(type) !== name) return false
    for (const type of present) if (!entity.has(type)) return false
    return true
  }
}

function checkMatch(matchType: number, match: string | null): void {
  if (matchType === matchTypes.exact) {
    if (match !== null) return
    throw invalid('Request specified MATCH_TYPE_EXACT, but set match string to null.')
  }
  const name = { 1: 'MATCH_TYPE_DEFAULT', 2: 'MATCH_TYPE_SPECIFIED' }[matchType]
  if (name === undefined) throw invalid(`Unknown match type ${matchType}`)
  if (match === null) return
  throw invalid(`Request specified ${name}, but also specified a match string.`)
}

function invalid(message: string): RequestError {
  return new RequestError('INVALID_REQUEST', message)
}
