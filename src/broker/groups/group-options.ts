/** What a user may set of the group coordinator, with Kafka's name for each option. */

/** Which way groups may go between the protocols while they have members. */
export type MigrationPolicy = 'bidirectional' | 'upgrade' | 'downgrade' | 'disabled'

/** Limits and times of consumer groups, by Kafka's names for them. */
export interface GroupOptions {
  /**
   * How long the first rebalance of an empty classic group waits for more members, which each of
   * them extends. A member that comes later interrupts the others, who learn of it only with their
   * next heartbeat, 3 seconds by default: waiting a little is what makes a group whose members
   * start together start quickly. Kafka waits 3 seconds, for processes that start on many machines.
   *
   * `group.initial.rebalance.delay.ms`
   * @default 100
   */
  readonly initialRebalanceDelayMs?: number
  /** `group.min.session.timeout.ms` @default 6000 */
  readonly minSessionTimeoutMs?: number
  /** `group.max.session.timeout.ms` @default 1800000 (30 minutes) */
  readonly maxSessionTimeoutMs?: number
  /**
   * Members of a classic group, those that are about to join included. Kafka has no limit.
   *
   * `group.max.size`
   * @default 10000
   */
  readonly maxSize?: number
  /**
   * How long a KIP-848 member may be silent before its partitions go to others.
   *
   * `group.consumer.session.timeout.ms`
   * @default 45000
   */
  readonly consumerSessionTimeoutMs?: number
  /**
   * How often KIP-848 members are asked to report. A member learns with a heartbeat that it has to
   * give up or may take partitions, so a rebalance takes about two of these. Kafka has 5 seconds,
   * for clusters with many thousand members; one that changes nothing is decided in microseconds.
   *
   * `group.consumer.heartbeat.interval.ms`
   * @default 500
   */
  readonly consumerHeartbeatIntervalMs?: number
  /** Members of a KIP-848 group. Kafka has no limit. `group.consumer.max.size` @default 10000 */
  readonly consumerMaxSize?: number
  /**
   * Whether a classic group becomes one of KIP-848 when a member of that protocol joins, and one of
   * KIP-848 a classic one when the last such member leaves. With any but `disabled` a group may
   * have members of both protocols.
   *
   * `group.consumer.migration.policy`
   * @default 'bidirectional'
   */
  readonly migrationPolicy?: MigrationPolicy
  /**
   * UTF-16 units of the text that may be stored with a committed offset.
   *
   * `offset.metadata.max.bytes`
   * @default 4096
   */
  readonly offsetMetadataMaxLength?: number
  /**
   * How long offsets are kept that nobody uses any more: those of a group without members, and of
   * topics that its members do not read.
   *
   * `offsets.retention.minutes`
   * @default 604800000 (7 days)
   */
  readonly offsetsRetentionMs?: number
  /**
   * How often such offsets, and groups that are empty without them, are looked for.
   *
   * `offsets.retention.check.interval.ms`
   * @default 600000 (10 minutes)
   */
  readonly offsetsRetentionCheckMs?: number
}

export type ResolvedGroupOptions = Required<GroupOptions>

export const groupDefaults: ResolvedGroupOptions = Object.freeze({
  initialRebalanceDelayMs: 100,
  minSessionTimeoutMs: 6000,
  maxSessionTimeoutMs: 30 * 60 * 1000,
  maxSize: 10_000,
  consumerSessionTimeoutMs: 45_000,
  consumerHeartbeatIntervalMs: 500,
  consumerMaxSize: 10_000,
  migrationPolicy: 'bidirectional',
  offsetMetadataMaxLength: 4096,
  offsetsRetentionMs: 7 * 24 * 60 * 60 * 1000,
  offsetsRetentionCheckMs: 10 * 60 * 1000,
})

const migrationPolicies: readonly string[] = [
  'bidirectional',
  'upgrade',
  'downgrade',
  'disabled',
] satisfies MigrationPolicy[]

export function allowsUpgrade(policy: MigrationPolicy): boolean {
  return policy === 'bidirectional' || policy === 'upgrade'
}

export function allowsDowngrade(policy: MigrationPolicy): boolean {
  return policy === 'bidirectional' || policy === 'downgrade'
}

type NumericOptions = Omit<ResolvedGroupOptions, 'migrationPolicy'>

/** The smallest values that make sense; everything else may be 0. */
const minima: Partial<NumericOptions> = {
  maxSize: 1,
  consumerMaxSize: 1,
  consumerSessionTimeoutMs: 1,
  consumerHeartbeatIntervalMs: 1,
  offsetsRetentionMs: 1,
  offsetsRetentionCheckMs: 1,
}

/** @throws RangeError that names the option that is wrong */
export function resolveGroupOptions(options: GroupOptions = {}): ResolvedGroupOptions {
  const resolved: ResolvedGroupOptions = { ...groupDefaults, ...withoutUndefined(options) }
  const { migrationPolicy, ...numbers } = resolved
  if (!migrationPolicies.includes(migrationPolicy)) {
    const known = migrationPolicies.join(', ')
    throw new RangeError(`groups.migrationPolicy is ${migrationPolicy}: it must be one of ${known}`)
  }
  for (const [name, value] of Object.entries(numbers) as [keyof NumericOptions, number][]) {
    if (!Object.hasOwn(groupDefaults, name)) {
      throw new RangeError(`there is no option 'groups.${name}'`)
    }
    const min = minima[name] ?? 0
    if (!Number.isSafeInteger(value) || value < min) {
      throw new RangeError(`groups.${name} is ${value}: it must be an integer of at least ${min}`)
    }
  }
  if (resolved.minSessionTimeoutMs > resolved.maxSessionTimeoutMs) {
    throw new RangeError('groups.minSessionTimeoutMs is over groups.maxSessionTimeoutMs')
  }
  return Object.freeze(resolved)
}

function withoutUndefined(options: GroupOptions): GroupOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}
