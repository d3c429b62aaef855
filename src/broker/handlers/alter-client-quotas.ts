/**
 * AlterClientQuotas (KIP-546): sets and removes quotas, each entity on its own. They hold from the
 * next request on.
 */

import type { RequestOf, ResponseInputOf } from '../../protocol/api.ts'
import type { alterClientQuotas } from '../../protocol/alter-client-quotas.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import type { ClientQuotas, QuotaChange } from '../quotas/client-quotas.ts'
import {
  checkEntity,
  checkQuota,
  entityKey,
  entityOf,
  entityText,
  pairsOf,
  type QuotaEntity,
} from '../quotas/quota-entity.ts'
import { RequestError, orRefusal, refusalOf } from '../request-error.ts'
import type { Handler } from '../request-context.ts'
import { may, refused } from '../security/access.ts'

type Entry = RequestOf<typeof alterClientQuotas>['entries'][number]
type Result = ResponseInputOf<typeof alterClientQuotas>['entries'][number]

export const handleAlterClientQuotas: Handler<typeof alterClientQuotas> = async (
  { entries, validateOnly },
  context,
) => {
  const { clientQuotas } = context.broker
  if (!may(context, 'alterConfigs', 'cluster')) {
    const refusal = refusalOf(refused('cluster'))
    return { entries: entries.map(({ entity }) => ({ ...refusal, entity })) }
  }
  const changes: QuotaChange[] = []
  /** One of each entity, in the order of the request. */
  const results = new Map<string, Result>()
  for (const { entity: pairs, ops } of entries) {
    const entity = entityOf(pairs)
    const key = entityKey(entity)
    try {
      if (results.has(key)) throw namedTwice(entity)
      changes.push(...changesOf(entity, ops, clientQuotas))
      results.set(key, { errorCode: errorCodes.NONE, entity: pairsOf(entity) })
    } catch (error) {
      results.set(key, { ...refusalOf(error), entity: pairsOf(entity) })
    }
  }
  const told = [...results.values()]
  if (validateOnly || changes.length === 0) return { entries: told }
  const durable = orRefusal(() => clientQuotas.alter(changes))
  if ('errorCode' in durable) return { entries: told.map((one) => ({ ...one, ...durable })) }
  await durable
  return { entries: told }
}

function changesOf(
  entity: QuotaEntity,
  ops: Entry['ops'],
  clientQuotas: ClientQuotas,
): QuotaChange[] {
  // Kafka says the same of a quota that is named twice.
  if (new Set(ops.map(({ key }) => key)).size < ops.length) throw namedTwice(entity)
  checkEntity(entity)
  const present = clientQuotas.of(entity)
  return ops.flatMap(({ key, value, remove }): QuotaChange[] => {
    if (!remove) checkQuota(entity, key, value)
    const isChange = remove ? present.has(key) : present.get(key) !== value
    if (!isChange) return []
    return [{ entity: pairsOf(entity), key, value: remove ? 0 : value, remove }]
  })
}

function namedTwice(entity: QuotaEntity): RequestError {
  const message = `Ignoring duplicate entity ${entityText(entity)}`
  return new RequestError('INVALID_REQUEST', message)
}
