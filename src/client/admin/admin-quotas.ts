/** What `Admin` does to quotas: how much users, client ids and addresses may ask of brokers. */

import { alterClientQuotas } from '../../protocol/alter-client-quotas.ts'
import { describeClientQuotas } from '../../protocol/describe-client-quotas.ts'
import type { Attempt, Cluster } from '../cluster/cluster.ts'
import { InvalidOptionError } from '../failure/errors.ts'
import type { OperationOptions } from '../settings/kafka-options.ts'
import { throwIfError } from './admin-errors.ts'
import { askEachBroker } from './each-broker.ts'
import { entriesOf, onlyFields } from './only-fields.ts'
import { untilKnown } from './until-known.ts'

/**
 * Whose quotas are meant: a user, a client id, both together, or an address; `null` stands for all
 * that have no quota of their own.
 */
export interface QuotaEntity {
  /** A user, without `User:`. */
  readonly user?: string | null
  /** The `clientId` of clients. */
  readonly clientId?: string | null
  /** An address that connections come from. Not together with the others. */
  readonly ip?: string | null
}

/** Which quotas are listed: those of entities that have all that is given. */
export interface QuotaFilter {
  /** A user, `null` for all that have none of their own, or `true` for both. */
  readonly user?: string | null | true
  /** A client id, `null` for all that have none of their own, or `true` for both. */
  readonly clientId?: string | null | true
  /** An address, `null` for all that have none of their own, or `true` for both. */
  readonly ip?: string | null | true
  /** Whether the entities have nothing that is not given. @default false */
  readonly isStrict?: boolean
}

/**
 * Kafka's name of a quota. Rates of bytes are those of a broker in a second,
 * `request_percentage` is time of its threads, 100 being one of them, `controller_mutation_rate` is
 * partitions that are created and deleted in a second, and `connection_creation_rate` is for
 * addresses alone.
 */
export type QuotaName =
  | 'producer_byte_rate'
  | 'consumer_byte_rate'
  | 'request_percentage'
  | 'controller_mutation_rate'
  | 'connection_creation_rate'

/** The quotas of an entity. */
export interface ClientQuotas {
  /** Whose they are. */
  readonly entity: QuotaEntity
  /** Those that are set. */
  readonly quotas: Readonly<Partial<Record<QuotaName, number>>>
}

/** What Kafka calls the parts of an entity. */
const entityTypes = { user: 'user', clientId: 'client-id', ip: 'ip' } as const
const parts = ['user', 'clientId', 'ip'] as const
const listing = 'list quotas'
const matchTypes = { name: 0, default: 1, any: 2 } as const

export async function alterQuotas(
  cluster: Cluster,
  entity: QuotaEntity,
  quotas: Readonly<Partial<Record<QuotaName, number | null>>>,
  options: OperationOptions,
): Promise<void> {
  onlyFields(entity, parts)
  const given = parts.filter((part) => entity[part] !== undefined)
  if (given.length === 0) {
    const expected = 'a user, a client id or an address'
    throw new InvalidOptionError({ option: 'entity', expected, actual: 'nothing' })
  }
  const named = given.map((part) => {
    return { entityType: entityTypes[part], entityName: entity[part] ?? null }
  })
  const ops = entriesOf(quotas).map(([key, value]) => {
    return { key, value: value ?? 0, remove: value === null }
  })
  const action = 'alter quotas'
  const task = { ...options, action, target: 'controller' } as const
  await cluster.run(task, async ({ channel, signal }) => {
    const input = { entries: [{ entity: named, ops }] }
    const { entries } = await channel.request(alterClientQuotas, input, { signal })
    for (const { errorCode, errorMessage } of entries) {
      throwIfError(action, { errorCode, errorMessage })
    }
  })
  const filter = { ...entity, isStrict: true }
  await untilKnown({ cluster, options, action: 'find quotas' }, async (attempt) => {
    const known = await askEachBroker(cluster, attempt, async (channel) => {
      const [found] = await readOnce({ ...attempt, channel }, filter)
      return entriesOf(quotas).every(
        ([name, value]) => (found?.quotas[name as QuotaName] ?? null) === value,
      )
    })
    return known.every(Boolean)
  })
}

export async function describeQuotas(
  cluster: Cluster,
  filter: QuotaFilter,
  options: OperationOptions,
): Promise<ClientQuotas[]> {
  onlyFields(filter, [...parts, 'isStrict'])
  return cluster.run({ ...options, action: listing, target: 'any' }, (attempt) =>
    readOnce(attempt, filter),
  )
}

async function readOnce(
  { channel, signal }: Attempt,
  filter: QuotaFilter,
): Promise<ClientQuotas[]> {
  const components = parts.flatMap((part) => {
    const value = filter[part]
    return value === undefined ? [] : [{ entityType: entityTypes[part], ...matchOf(value) }]
  })
  const input = { components, strict: filter.isStrict ?? false }
  const answer = await channel.request(describeClientQuotas, input, { signal })
  throwIfError(listing, answer)
  return (answer.entries ?? []).map(({ entity, values }) => ({
    entity: Object.fromEntries(
      entity.map(({ entityType, entityName }) => [partOf(entityType), entityName]),
    ),
    quotas: Object.fromEntries(values.map(({ key, value }) => [key, value])),
  }))
}

function matchOf(value: string | null | true): { matchType: number; match: string | null } {
  if (value === true) return { matchType: matchTypes.any, match: null }
  return { matchType: value === null ? matchTypes.default : matchTypes.name, match: value }
}

function partOf(entityType: string): string {
  return parts.find((part) => entityTypes[part] === entityType) ?? entityType
}
