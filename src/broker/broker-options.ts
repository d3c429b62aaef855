/** What a broker can be told, and what it does when it is told nothing. */

import type { FlushMode } from '../log/partition-log-options.ts'
import {
  resolveGroupOptions,
  type GroupOptions,
  type ResolvedGroupOptions,
} from './groups/group-options.ts'

/** The options of a broker, wherever it runs. */
export interface BrokerOptions {
  /**
   * What an acknowledgement with `acks=all` promises: `ack` that the records are on the disk, `os`
   * that the operating system has them, which is faster and can lose them in a power failure.
   *
   * @default 'ack'
   */
  readonly flush?: FlushMode
  /** This broker's number in answers. @default 1 */
  readonly nodeId?: number
  /** Whether a topic that a client asks for is created. @default true */
  readonly autoCreateTopics?: boolean
  /** Partitions of a topic that is created without a count. @default 1 */
  readonly defaultPartitions?: number
  /** Partitions that all topics together may have; each costs some kilobytes. @default 100,000 */
  readonly maxPartitions?: number
  /** The most bytes that one fetch is answered with, whatever it asks for. @default 55 MiB */
  readonly fetchMaxBytes?: number
  /** How often old segments are looked for. @default 300,000 (5 minutes) */
  readonly retentionCheckMs?: number
  /** How often logs are looked at that are to be compacted. @default 15,000 */
  readonly compactionCheckMs?: number
  /** Topic configs of topics that do not set them, by Kafka's names. @default Kafka's defaults */
  readonly topicDefaults?: Readonly<Record<string, string>>
  /** The longest time after which a producer may have its transactions aborted. @default 15 min */
  readonly maxTransactionTimeoutMs?: number
  /** How long a transactional id is remembered that nobody uses. @default 7 days */
  readonly transactionalIdExpirationMs?: number
  /**
   * Whether a client has to say who it is. With `none` everybody may do everything, and who says
   * all the same is checked.
   *
   * @default 'none'
   */
  readonly authentication?: 'none' | 'required'
  /** Users that may do everything, whatever ACLs say: names without `User:`. @default [] */
  readonly superUsers?: readonly string[]
  /**
   * Whether passwords may be sent where others can read along: no TLS, and not this machine.
   *
   * @default false
   */
  readonly allowPlaintextAuth?: boolean
  /** How long who could not prove who they are waits for the answer. @default 100 */
  readonly failedAuthenticationDelayMs?: number
  /**
   * How long a proof of who one is holds, before a client has to give it again; 0 is for ever.
   *
   * @default 0
   */
  readonly maxReauthMs?: number
  /** Limits and times of consumer groups. @default those of Kafka, but for quicker small groups */
  readonly groups?: GroupOptions
}

export type ResolvedBrokerOptions = Required<Omit<BrokerOptions, 'groups'>> & {
  readonly groups: ResolvedGroupOptions
}

export const brokerDefaults = Object.freeze({
  flush: 'ack',
  nodeId: 1,
  autoCreateTopics: true,
  defaultPartitions: 1,
  maxPartitions: 100_000,
  fetchMaxBytes: 55 * 1024 * 1024,
  retentionCheckMs: 5 * 60 * 1000,
  compactionCheckMs: 15_000,
  maxTransactionTimeoutMs: 15 * 60 * 1000,
  transactionalIdExpirationMs: 7 * 24 * 60 * 60 * 1000,
  topicDefaults: Object.freeze({}),
  authentication: 'none',
  superUsers: Object.freeze([]) as readonly string[],
  allowPlaintextAuth: false,
  failedAuthenticationDelayMs: 100,
  maxReauthMs: 0,
})

const integers = [
  ['nodeId', 0],
  ['defaultPartitions', 1],
  ['maxPartitions', 1],
  ['fetchMaxBytes', 1024],
  ['retentionCheckMs', 1],
  ['compactionCheckMs', 1],
  ['maxTransactionTimeoutMs', 1],
  ['transactionalIdExpirationMs', 1],
  ['failedAuthenticationDelayMs', 0],
  ['maxReauthMs', 0],
] as const

/** @throws RangeError that names the option that is wrong */
export function resolveBrokerOptions(options: BrokerOptions = {}): ResolvedBrokerOptions {
  const { groups, ...others } = options
  const given = Object.fromEntries(
    Object.entries(others).filter(([, value]) => value !== undefined),
  )
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(brokerDefaults, name)) throw new RangeError(`there is no option '${name}'`)
  }
  const resolved = { ...brokerDefaults, ...given } as ResolvedBrokerOptions
  for (const [name, min] of integers) {
    if (!Number.isSafeInteger(resolved[name]) || resolved[name] < min) {
      throw new RangeError(
        `option '${name}' must be an integer from ${min} up, not '${resolved[name]}'`,
      )
    }
  }
  if (resolved.flush !== 'ack' && resolved.flush !== 'os') {
    throw new RangeError(`option 'flush' must be 'ack' or 'os', not '${String(resolved.flush)}'`)
  }
  const { authentication } = resolved
  if (authentication !== 'none' && authentication !== 'required') {
    const actual = String(authentication)
    throw new RangeError(`option 'authentication' must be 'none' or 'required', not '${actual}'`)
  }
  // As `super.users` of Kafka has them: nobody would have that name.
  const principal = resolved.superUsers.find((name) => name.startsWith('User:'))
  if (principal !== undefined) {
    const name = principal.slice('User:'.length)
    throw new RangeError(`option 'superUsers' takes names: '${name}', not '${principal}'`)
  }
  return Object.freeze({ ...resolved, groups: resolveGroupOptions(groups) })
}
