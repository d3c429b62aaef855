/**
 * The quotas that are set, which are records of `__cluster_metadata`, and which of them holds for
 * whom: the one that names most exactly who is asking (KIP-55).
 */

import type { MetadataRecord, MetadataRecordInput } from '../../protocol/records/metadata-record.ts'
import { asConnected } from '../ip-address.ts'
import {
  entityKey,
  entityOf,
  pairsOf,
  type EntityPairs,
  type QuotaEntity,
  type QuotaName,
} from './quota-entity.ts'

export interface EntityQuotas {
  readonly entity: QuotaEntity
  /** By Kafka's names. */
  readonly values: ReadonlyMap<string, number>
}

/** A quota, and who shares it: requests with another user, or another client id, have their own. */
export interface Limit {
  readonly value: number
  /** `undefined` where all users share it. */
  readonly user: string | undefined
  /** `undefined` where all clients of the user share it. */
  readonly clientId: string | undefined
}

/** A name, `null` for the default of all names, or `undefined` where it is not asked for. */
type Name = string | null | undefined

/** Quotas of one name: by user, then by client id. */
type Limits = Map<Name, Map<Name, number>>

export type QuotaChange = Omit<
  Extract<MetadataRecordInput, { type: 'clientQuotaRecord' }>['value'],
  'entity'
> & { readonly entity: EntityPairs }

export class ClientQuotas {
  readonly #append: (records: readonly MetadataRecordInput[]) => Promise<void>
  readonly #entities = new Map<string, { entity: QuotaEntity; values: Map<string, number> }>()
  readonly #limits = new Map<string, Limits>()
  readonly #connectionLimits = new Map<string | null, number>()

  /** @param append appends to `__cluster_metadata`, and resolves once that is durable */
  constructor(append: (records: readonly MetadataRecordInput[]) => Promise<void>) {
    this.#append = append
  }

  /** Whether there is any quota of users or clients. */
  get limitsRequests(): boolean {
    return this.#limits.size > 0
  }

  get limitsConnections(): boolean {
    return this.#connectionLimits.size > 0
  }

  all(): Iterable<EntityQuotas> {
    return this.#entities.values()
  }

  /** Returns what is set for exactly that entity. */
  of(entity: QuotaEntity): ReadonlyMap<string, number> {
    return this.#entities.get(entityKey(entity))?.values ?? new Map()
  }

  /** Returns the quota that holds for requests of `user` with `clientId`, if there is one. */
  limitOf(name: QuotaName, user: string, clientId: string): Limit | undefined {
    const limits = this.#limits.get(name)
    if (!limits) return undefined
    const limit = (ofUser: Name, ofClient: Name): Limit | undefined => {
      const value = limits.get(ofUser)?.get(ofClient)
      if (value === undefined) return undefined
      return {
        value,
        user: ofUser === undefined ? undefined : user,
        clientId: ofClient === undefined ? undefined : clientId,
      }
    }
    return (
      limit(user, clientId) ??
      limit(user, null) ??
      limit(user, undefined) ??
      limit(null, clientId) ??
      limit(null, null) ??
      limit(null, undefined) ??
      limit(undefined, clientId) ??
      limit(undefined, null)
    )
  }

  /** Returns how many connections a second may come from an address. */
  connectionLimitOf(ip: string): number | undefined {
    return this.#connectionLimits.get(ip) ?? this.#connectionLimits.get(null)
  }

  /** Sets and removes quotas, at once. Resolves when that is durable. */
  alter(changes: readonly QuotaChange[]): Promise<void> {
    const records = changes.map((value) => ({ type: 'clientQuotaRecord', value }) as const)
    const durable = this.#append(records)
    for (const record of records) this.apply(record as MetadataRecord)
    return durable
  }

  /** Takes over what a record says; while the log is replayed as well. */
  apply(record: MetadataRecord): void {
    if (record.type !== 'clientQuotaRecord') return
    const { entity: pairs, key: name, value, remove } = record.value
    const entity = entityOf(pairs)
    const key = entityKey(entity)
    const known = this.#entities.get(key) ?? { entity, values: new Map<string, number>() }
    this.#entities.set(key, known)
    if (remove) known.values.delete(name)
    else known.values.set(name, value)
    if (known.values.size === 0) this.#entities.delete(key)
    if (entity.has('ip')) this.#limitConnections(entity.get('ip')!, remove ? undefined : value)
    else this.#limit(entity, name, remove ? undefined : value)
  }

  #limitConnections(ip: string | null, value: number | undefined): void {
    const address = ip === 'localhost' ? '127.0.0.1' : ip
    const from = address === null ? null : asConnected(address)
    if (value === undefined) this.#connectionLimits.delete(from)
    else this.#connectionLimits.set(from, value)
  }

  #limit(entity: QuotaEntity, name: string, value: number | undefined): void {
    const user = entity.get('user')
    const clientId = entity.get('client-id')
    const limits: Limits = this.#limits.get(name) ?? new Map<Name, Map<Name, number>>()
    const ofUser = limits.get(user) ?? new Map<Name, number>()
    if (value === undefined) ofUser.delete(clientId)
    else ofUser.set(clientId, value)
    if (ofUser.size === 0) limits.delete(user)
    else limits.set(user, ofUser)
    if (limits.size === 0) this.#limits.delete(name)
    else this.#limits.set(name, limits)
  }
}

/** Returns the entity of a record or answer. */
export function entityPairs({ entity }: EntityQuotas): EntityPairs {
  return pairsOf(entity)
}
