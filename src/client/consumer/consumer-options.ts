/** The options of a consumer, checked once. */

import type { Isolation, TopicPartition } from '../cluster/offset-lookup.ts'
import { durationMs, type Duration } from '../failure/duration.ts'
import { InvalidOptionError } from '../failure/errors.ts'
import { refuse } from '../failure/refuse.ts'
import { toOffset, type Offset, type OffsetInput } from '../record/offset.ts'
import { toSerde, type Serde, type SerdeInput } from '../record/serde.ts'
import { oneOf, wholeNumber } from '../settings/kafka-options.ts'

/** The options of `kafka.consumer`. */
export interface ConsumerConfig<Value = unknown, Key = string> {
  /**
   * The consumer group: its members share the partitions between them, and go on from where the
   * group got to. A consumer without one reads all partitions by itself and commits nothing.
   */
  readonly group?: string
  /**
   * The name of this very member, as of one of several machines, which makes it a static one
   * (KIP-345): who closes and comes again under that name within the session timeout has the same
   * partitions, and nobody else's moved meanwhile. No two at the same time may have it.
   *
   * @default none: who leaves is gone
   */
  readonly groupInstanceId?: string
  /**
   * Where to begin in a partition for which the group has no offset: `'earliest'`, `'latest'`, or
   * the first record of a time. Without a group it is for the partitions that there are when the
   * consumer begins: those that come later are read from their beginning.
   *
   * @default 'earliest'
   */
  readonly offset?: OffsetInput
  /**
   * Whether offsets are committed without being asked for: those of records that were processed,
   * which a record is once the next one is asked for.
   *
   * @default false; true for `kafka.consume`
   */
  readonly autoCommit?: boolean
  /** How often that is done; also when partitions are handed back. @default '5s' */
  readonly autoCommitInterval?: Duration
  /** Bytes that are worth answering for; fewer are waited on for `fetchMaxWaitMs`. @default 1 */
  readonly fetchMinBytes?: number
  /** How long the broker waits for them, in milliseconds. @default 500 */
  readonly fetchMaxWaitMs?: number
  /**
   * Bytes fetched ahead, above which no more are asked for; what waits of paused partitions is not
   * counted. @default 8 MiB
   */
  readonly fetchMaxBytes?: number
  /**
   * Bytes of one partition in one answer, so that others get their turn; at least a whole batch
   * comes, however large. More is worth it where few partitions are far away; of several at a
   * broker near by, less is taken at a time. @default 1 MiB
   */
  readonly maxPartitionFetchBytes?: number
  /**
   * Where this consumer is, in the words of the brokers' `broker.rack`: where they choose replicas
   * by it (`replica.selector.class`), records come from one in the same place, which is near and
   * may cost less, though they are there a moment later than at the leader (KIP-392).
   *
   * @default none: leaders are read
   */
  readonly rackId?: string
  /** Records that are handed over at a time, in batches. @default 500 */
  readonly maxPollRecords?: number
  /**
   * Without a word from the coordinator for so long, this consumer gives its partitions up. In the
   * classic protocol the coordinator gives them to others after the same time. In that of KIP-848,
   * which is used where brokers have it, they have a time of their own for that:
   * `group.consumer.session.timeout.ms`, or `consumer.session.timeout.ms` of the group.
   *
   * @default '30s'
   */
  readonly sessionTimeout?: Duration
  /** The longest time between heartbeats; a broker with KIP-848 may ask for less. @default '3s' */
  readonly heartbeatInterval?: Duration
  /** How long a record may be worked on when its partition is to be handed over. @default '60s' */
  readonly rebalanceTimeout?: Duration
  /** Whether records of open transactions are seen. @default 'read_committed', they are not */
  readonly isolation?: Isolation
  /** How bytes become values: a serde, its name, or a Standard Schema. @default 'json' */
  readonly value?: SerdeInput<Value>
  /**
   * How bytes become keys. A schema says their type, too, and so does a serde, such as `bytes` of
   * the package. A name does not: with `'bytes'`, the type of the keys has to be a type argument.
   *
   * @default 'string'
   */
  readonly key?: SerdeInput<Key>
  /**
   * What happens to a record whose value or key cannot be read: to look at it throws a
   * `SerializationError`, or it is left out, with a warning in the log, and sent to `deadLetter`
   * where that is said.
   *
   * @default 'throw'
   */
  readonly onInvalid?: OnInvalid
  /**
   * The topic for records that are left out. Their bytes go there as they are, with headers that
   * say whence they come and what is wrong with them.
   */
  readonly deadLetter?: string
  /** Closes the consumer: `for await` then ends. */
  readonly signal?: AbortSignal
  /**
   * Called with partitions that this consumer has been given, before it is given a record of them,
   * which waits for what this returns. What it throws closes the consumer, as what any of these
   * three throws; in a group a retriable `KafkaError` has it called again.
   */
  readonly onAssigned?: (partitions: readonly TopicPartition[]) => unknown
  /**
   * Called with partitions that it gives up, to another member or as it closes: once none of their
   * records is in hand, and before anybody else has them, which waits for what this returns, for as
   * long as `rebalanceTimeout`. Offsets may still be committed.
   */
  readonly onRevoked?: (partitions: readonly TopicPartition[]) => unknown
  /**
   * Called in place of `onRevoked` where they are gone already: the coordinator has heard nothing
   * for `sessionTimeout`, or there is no such topic any more. Others may have them by now.
   */
  readonly onLost?: (partitions: readonly TopicPartition[]) => unknown
}

type Told = Pick<ConsumerConfig, 'onAssigned' | 'onRevoked' | 'onLost'>

/** What a program may be told of. */
export type RebalanceListener = { readonly [Name in keyof Told]: Told[Name] | undefined }

export type OnInvalid = 'throw' | 'skip' | 'deadLetter'

export interface ResolvedConsumerConfig<Value, Key> {
  readonly group: string | undefined
  readonly groupInstanceId: string | undefined
  readonly offset: Offset
  readonly autoCommit: boolean
  readonly autoCommitIntervalMs: number
  readonly fetchMinBytes: number
  readonly fetchMaxWaitMs: number
  readonly fetchMaxBytes: number
  readonly maxPartitionFetchBytes: number
  readonly rackId: string | undefined
  readonly maxPollRecords: number
  readonly sessionTimeoutMs: number
  readonly heartbeatIntervalMs: number
  readonly rebalanceTimeoutMs: number
  readonly isolation: Isolation
  readonly value: Serde<Value>
  readonly key: Serde<Key>
  readonly onInvalid: OnInvalid
  readonly deadLetter: string | undefined
  readonly signal: AbortSignal | undefined
  /** Of a program that wants to be told. */
  readonly listener: RebalanceListener | undefined
}

/** @throws InvalidOptionError, naming the option that cannot work */
export function resolveConsumerConfig<Value, Key>(
  config: ConsumerConfig<Value, Key>,
): ResolvedConsumerConfig<Value, Key> {
  const {
    group,
    groupInstanceId,
    rackId,
    offset = 'earliest',
    autoCommit = false,
    isolation = 'read_committed',
    value = 'json',
    key = 'string',
    onInvalid = 'throw',
    deadLetter,
    signal,
    onAssigned,
    onRevoked,
    onLost,
    ...quantities
  } = config
  for (const [option, actual] of Object.entries({ group, groupInstanceId })) {
    if (actual === '') throw new InvalidOptionError({ option, expected: 'a name', actual })
  }
  if (onInvalid === 'deadLetter' && !deadLetter) {
    const expected = "a topic where onInvalid is 'deadLetter'"
    throw new InvalidOptionError({ option: 'deadLetter', expected, actual: deadLetter })
  }
  return {
    group,
    groupInstanceId,
    rackId,
    offset: toOffset('offset', offset),
    autoCommit: oneOf('autoCommit', autoCommit, [true, false]),
    isolation: oneOf<Isolation>('isolation', isolation, ['read_committed', 'read_uncommitted']),
    value: toSerde<Value>(value),
    key: toSerde<Key>(key),
    onInvalid: oneOf('onInvalid', onInvalid, ['throw', 'skip', 'deadLetter']),
    deadLetter,
    signal,
    listener: (onAssigned ?? onRevoked ?? onLost) && { onAssigned, onRevoked, onLost },
    ...resolveQuantities(quantities),
  }
}

/** How much, how often and for how long. */
function resolveQuantities(config: ConsumerConfig) {
  const {
    autoCommitInterval = '5s',
    fetchMinBytes = 1,
    fetchMaxWaitMs = 500,
    fetchMaxBytes = 8 * 1024 * 1024,
    maxPartitionFetchBytes = 1024 * 1024,
    maxPollRecords = 500,
    sessionTimeout = '30s',
    heartbeatInterval = '3s',
    rebalanceTimeout = '60s',
    ...others
  } = config
  refuse(others)
  return {
    autoCommitIntervalMs: durationMs('autoCommitInterval', autoCommitInterval, 1),
    fetchMinBytes: wholeNumber('fetchMinBytes', fetchMinBytes),
    fetchMaxWaitMs: wholeNumber('fetchMaxWaitMs', fetchMaxWaitMs),
    fetchMaxBytes: wholeNumber('fetchMaxBytes', fetchMaxBytes, 1),
    maxPartitionFetchBytes: wholeNumber('maxPartitionFetchBytes', maxPartitionFetchBytes, 1),
    maxPollRecords: wholeNumber('maxPollRecords', maxPollRecords, 1),
    sessionTimeoutMs: durationMs('sessionTimeout', sessionTimeout, 1),
    heartbeatIntervalMs: durationMs('heartbeatInterval', heartbeatInterval, 1),
    rebalanceTimeoutMs: durationMs('rebalanceTimeout', rebalanceTimeout),
  }
}
