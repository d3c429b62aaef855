/**
 * What a quota is for: a user, a client id, both, or an address; `null` is the default of all that
 * have none of their own (KIP-546). And what of it is limited, by Kafka's names.
 */

import { RequestError } from '../request-error.ts'

/** By type of entity: the names that it has. */
export type QuotaEntity = ReadonlyMap<string, string | null>

/** Pairs as they are in messages and records. */
export type EntityPairs = readonly {
  readonly entityType: string
  readonly entityName: string | null
}[]

/** What is limited for users and clients. */
export type QuotaName =
  | 'producer_byte_rate'
  | 'consumer_byte_rate'
  | 'request_percentage'
  | 'controller_mutation_rate'

type NumberType = 'int' | 'long' | 'double'

const userAndClientQuotas: ReadonlyMap<string, NumberType> = new Map([
  ['producer_byte_rate', 'long'],
  ['consumer_byte_rate', 'long'],
  ['request_percentage', 'double'],
  ['controller_mutation_rate', 'double'],
])
const ipQuotas: ReadonlyMap<string, NumberType> = new Map([['connection_creation_rate', 'int']])

const maxima = { int: 2 ** 31 - 1, long: 2 ** 63 - 1 } as const
const fractionMax = 1e-6
const entityTypes: readonly string[] = ['user', 'client-id', 'ip']
/** Four bytes in decimal, or groups of hexadecimal digits. Names would have to be looked up. */
const address = /^(localhost|(\d{1,3}\.){3}\d{1,3}|[\da-fA-F]*:[\da-fA-F:.]+)$/

export function entityOf(pairs: EntityPairs): QuotaEntity {
  return new Map(pairs.map(({ entityType, entityName }) => [entityType, entityName]))
}

export function pairsOf(entity: QuotaEntity): EntityPairs {
  return [...entity].map(([entityType, entityName]) => ({ entityType, entityName }))
}

/** Returns a text that no other entity has. */
export function entityKey(entity: QuotaEntity): string {
  return JSON.stringify([...entity].sort(([left], [right]) => (left < right ? -1 : 1)))
}

/** Returns Kafka's text for an entity, as in its messages. */
export function entityText(entity: QuotaEntity): string {
  const entries = [...entity].map(([type, name]) => `${type}=${name}`)
  return `ClientQuotaEntity(entries={${entries.join(', ')}})`
}

/** @throws RequestError where nothing can be limited for such an entity */
export function checkEntity(entity: QuotaEntity): void {
  if (entity.size === 0) throw invalid('Invalid empty client quota entity')
  for (const [type, name] of entity) {
    if (!entityTypes.includes(type)) throw invalid(`Unhandled client quota entity type: ${type}`)
    if (name === '') throw invalid(`Empty ${type} not supported`)
  }
  const ip = entity.get('ip')
  if (ip === undefined) return
  if (entity.size > 1) {
    // The missing space is Kafka's.
    throw invalid(
      'Invalid quota entity combination, IP entity should' +
        'not be combined with User or ClientId',
    )
  }
  if (ip !== null && !address.test(ip)) {
    throw invalid(`${ip} is not a valid IP or resolvable host.`)
  }
}

/** @throws RequestError where `name` cannot be limited for `entity`, or not to `value` */
export function checkQuota(entity: QuotaEntity, name: string, value: number): void {
  const type = (entity.has('ip') ? ipQuotas : userAndClientQuotas).get(name)
  if (!type) throw invalid(`Invalid configuration key ${name}`)
  // What is no number is refused as well, which Kafka lets pass.
  if (!(value > 0)) throw invalid(`Quota ${name} must be greater than 0`)
  if (type === 'double') return
  if (value > maxima[type]) {
    const article = type === 'int' ? 'an INT' : 'a LONG'
    throw invalid(`Proposed value for ${name} is too large for ${article}.`)
  }
  if (Math.abs(value % 1) > fractionMax) throw invalid(`${name} cannot be a fractional value.`)
}

function invalid(message: string): RequestError {
  return new RequestError('INVALID_REQUEST', message)
}
