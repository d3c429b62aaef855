/**
 * The errors of the SDK: one class for each thing that a program may want to handle by itself, and
 * `BrokerError` for every other error of the Kafka protocol. docs/errors.md lists them.
 */

import {
  deliveryErrors,
  errorNames,
  retriableDeliveryErrors,
} from '../../protocol/delivery-errors.ts'
import type { ErrorNames } from '../../protocol/delivery-errors.ts'
import type { ErrorName } from '../../protocol/error-codes.ts'

/** What an error is about, as far as it is known. */
export interface ErrorFacts {
  /** The error that this one comes from. */
  readonly cause?: unknown
  /** Whether the operation may have taken effect although it failed. @default false */
  readonly maybeApplied?: boolean
  /** The topic that it is about. */
  readonly topic?: string
  /** The partition that it is about. */
  readonly partition?: number
  /** The offset of the record that it is about. */
  readonly offset?: number
  /** The consumer group that it is about. */
  readonly group?: string
  /** The error of the Kafka protocol that this one comes from. */
  readonly kafkaName?: ErrorName
}

// Shared by all copies of this package in a process: `instanceof` fails between copies.
const brand = Symbol.for('kafka.do/error')

/** Base of all errors of this package. `code` is stable between releases, `message` is not. */
export abstract class KafkaError extends Error {
  // Names are literals, since minifiers change the names of classes.
  /** The name of the class, also where names were minified. */
  abstract override readonly name: string
  /** What went wrong: stable between releases, and the same in every copy of the package. */
  abstract readonly code: string
  /** Whether the same operation may succeed if it is tried again unchanged. */
  readonly retriable: boolean = false
  /**
   * Whether the operation may have taken effect although it failed: the answer is missing, not the
   * effect. To try it again may then do it twice.
   */
  readonly maybeApplied: boolean = false
  /** The topic that it is about, where there is one. */
  declare readonly topic?: string
  /** The partition that it is about, where there is one. */
  declare readonly partition?: number
  /** The offset of the record that it is about, where there is one. */
  declare readonly offset?: number
  /** The consumer group that it is about, where there is one. */
  declare readonly group?: string
  /** The error of the Kafka protocol that it comes from, where it comes from a broker. */
  declare readonly kafkaName?: ErrorName

  /** Programs need this only to stand in for a broker, in tests. */
  constructor(message: string, facts: ErrorFacts = {}) {
    const { cause, ...known } = facts
    super(message, cause === undefined ? undefined : { cause })
    Object.assign(this, known)
    Object.defineProperty(this, brand, { value: true })
  }

  /** `retriable`, for those who ask for it by this name. */
  get isRetriable(): boolean {
    return this.retriable
  }

  /** Whether `error` is one of this package, of whichever copy of it. */
  static is(error: unknown): error is KafkaError {
    return typeof error === 'object' && error !== null && brand in error
  }
}

/** The topic does not exist, and the broker does not create it by itself. */
export class TopicNotFoundError extends KafkaError {
  override readonly name = 'TopicNotFoundError'
  readonly code = 'topic_not_found'
}

/** The topic has no partition of that number. */
export class PartitionNotFoundError extends KafkaError {
  override readonly name = 'PartitionNotFoundError'
  readonly code = 'partition_not_found'
}

/** A record is larger than the topic, the broker or the producer allows. */
export class MessageTooLargeError extends KafkaError {
  override readonly name = 'MessageTooLargeError'
  readonly code = 'message_too_large'
}

/** The broker that was asked does not lead the partition, now or any more. */
export class NotLeaderError extends KafkaError {
  override readonly name = 'NotLeaderError'
  readonly code = 'not_leader'
  override readonly retriable = true
}

/** The offset is not, or no longer, in the partition. */
export class OffsetOutOfRangeError extends KafkaError {
  override readonly name = 'OffsetOutOfRangeError'
  readonly code = 'offset_out_of_range'
}

/** The broker that coordinates the group cannot be found, or is not ready yet. */
export class GroupCoordinatorError extends KafkaError {
  override readonly name = 'GroupCoordinatorError'
  readonly code = 'group_coordinator'
  override readonly retriable = true
}

/** The group has given the partition to another member. */
export class RebalanceInProgressError extends KafkaError {
  override readonly name = 'RebalanceInProgressError'
  readonly code = 'rebalance_in_progress'
}

/** The API key is missing or wrong, or does not allow this. */
export class UnauthorizedError extends KafkaError {
  override readonly name = 'UnauthorizedError'
  readonly code = 'unauthorized'
}

/** The broker refuses for now because a quota is used up. */
export class QuotaExceededError extends KafkaError {
  override readonly name = 'QuotaExceededError'
  readonly code = 'quota_exceeded'
  override readonly retriable = true
}

/** There was no answer in time. */
export class TimeoutError extends KafkaError {
  override readonly name = 'TimeoutError'
  readonly code = 'timeout'
  override readonly retriable = true
}

/** There is no connection, or it broke before the answer came. */
export class DisconnectedError extends KafkaError {
  override readonly name = 'DisconnectedError'
  readonly code = 'disconnected'
  override readonly retriable = true
}

/** A key or value cannot be turned into bytes, or bytes cannot be turned into it. */
export class SerializationError extends KafkaError {
  override readonly name = 'SerializationError'
  readonly code = 'serialization'
}

/** The client, producer or consumer is closed. */
export class ClosedError extends KafkaError {
  override readonly name = 'ClosedError'
  readonly code = 'closed'
}

/** An option has a value that can never work. */
export class InvalidOptionError extends KafkaError {
  override readonly name = 'InvalidOptionError'
  readonly code = 'invalid_option'
  /** The option's name. */
  readonly option: string

  /** Programs need this only for options of their own. */
  constructor(facts: { option: string; expected: string; actual: unknown }) {
    const actual = typeof facts.actual === 'string' ? `'${facts.actual}'` : String(facts.actual)
    super(`option '${facts.option}' must be ${facts.expected}, not ${actual}`)
    this.option = facts.option
  }
}

/** Any other error of the Kafka protocol; `code` is Kafka's name of it in lower case. */
export class BrokerError extends KafkaError {
  override readonly name = 'BrokerError'
  readonly code: Lowercase<ErrorName>
  override readonly retriable: boolean

  /** @internal */
  constructor(kafkaName: ErrorName, message: string, facts: ErrorFacts & RetryFacts = {}) {
    const { retriable = false, ...known } = facts
    super(message, { ...known, kafkaName })
    this.code = kafkaName.toLowerCase() as Lowercase<ErrorName>
    this.retriable = retriable
  }
}

/** Some records of a batch were not stored, and others were, or may have been. */
export class BatchIncompleteError<Metadata = unknown> extends KafkaError {
  override readonly name = 'BatchIncompleteError'
  readonly code = 'batch_incomplete'
  /** What became of each record, in the order given. */
  readonly results: readonly SendResult<Metadata>[]

  /** Programs need this only to stand in for a producer, in tests. */
  constructor(results: readonly SendResult<Metadata>[]) {
    const errors = results.flatMap(({ error }) => error ?? [])
    const [cause] = errors
    const count = `${errors.length} of ${results.length} records`
    super(`${count} were not sent, the first because ${cause?.message}`, {
      cause,
      maybeApplied: true,
    })
    this.results = results
  }
}

/** What became of a record of a batch: where it is, or why it is nowhere. */
export type SendResult<Metadata> =
  | { readonly metadata: Metadata; readonly error?: undefined }
  | { readonly metadata?: undefined; readonly error: Error }

interface RetryFacts {
  readonly retriable?: boolean
}

type ErrorClass = new (message: string, facts?: ErrorFacts) => KafkaError

/** What a client makes of the error codes that it knows. */
export interface KnownErrors extends ErrorNames<ErrorName> {
  /** The errors that have a class of their own. */
  readonly classes: Readonly<Partial<Record<ErrorName, ErrorClass>>>
}

const classes = {
  UNKNOWN_TOPIC_OR_PARTITION: TopicNotFoundError,
  UNKNOWN_TOPIC_ID: TopicNotFoundError,
  MESSAGE_TOO_LARGE: MessageTooLargeError,
  RECORD_LIST_TOO_LARGE: MessageTooLargeError,
  LEADER_NOT_AVAILABLE: NotLeaderError,
  NOT_LEADER_OR_FOLLOWER: NotLeaderError,
  REPLICA_NOT_AVAILABLE: NotLeaderError,
  FENCED_LEADER_EPOCH: NotLeaderError,
  UNKNOWN_LEADER_EPOCH: NotLeaderError,
  OFFSET_OUT_OF_RANGE: OffsetOutOfRangeError,
  COORDINATOR_LOAD_IN_PROGRESS: GroupCoordinatorError,
  COORDINATOR_NOT_AVAILABLE: GroupCoordinatorError,
  TOPIC_AUTHORIZATION_FAILED: UnauthorizedError,
  CLUSTER_AUTHORIZATION_FAILED: UnauthorizedError,
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: UnauthorizedError,
  SASL_AUTHENTICATION_FAILED: UnauthorizedError,
  THROTTLING_QUOTA_EXCEEDED: QuotaExceededError,
  REQUEST_TIMED_OUT: TimeoutError,
  NETWORK_EXCEPTION: DisconnectedError,
}

/** The errors that producers and consumers meet. */
export const deliveryFailures: KnownErrors = {
  ...errorNames(deliveryErrors, retriableDeliveryErrors),
  classes,
}

/** Kafka's answers after which the request may have been, or may yet be, carried out. */
const maybeApplied: ReadonlySet<ErrorName> = new Set([
  'REQUEST_TIMED_OUT',
  'NETWORK_EXCEPTION',
  // The disk failed, before the write or after it: the records may be there after a restart.
  'KAFKA_STORAGE_ERROR',
  'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
  'UNKNOWN_SERVER_ERROR',
])

/** Returns what `error`, which may be anything that was thrown, says to people. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Returns the error for a partition that `topic`, with fewer of them, does not have. */
export function noSuchPartition(
  topic: string,
  partition: number,
  partitionCount: number,
): PartitionNotFoundError {
  const what = `topic '${topic}' has ${partitionCount} partitions`
  const facts = { topic, partition }
  return new PartitionNotFoundError(`${what}: there is no partition ${partition}`, facts)
}

/** Returns `error`, saying that what it is about may have taken effect all the same. */
export function doubtful(error: KafkaError): KafkaError {
  return Object.assign(error, { maybeApplied: true })
}

export interface BrokerAnswer extends ErrorFacts {
  readonly errorCode: number
  /** What the broker said about it. */
  readonly errorMessage?: string | null
}

/**
 * Returns the error for a broker's answer to `action`, such as "create topic 'orders'". `known` are
 * the errors that this may be answered with.
 */
export function brokerError(
  action: string,
  answer: BrokerAnswer,
  known = deliveryFailures,
): KafkaError {
  const { errorCode, errorMessage, ...facts } = answer
  const kafkaName = known.errorName(errorCode)
  const isUnknown = kafkaName === 'UNKNOWN_SERVER_ERROR' && errorCode !== -1
  const name = isUnknown ? `error code ${errorCode}` : kafkaName
  const message = `cannot ${action}: ${errorMessage || 'the broker answered'} (${name})`
  const all = { maybeApplied: maybeApplied.has(kafkaName), ...facts, kafkaName }
  const Class = known.classes[kafkaName]
  return Class
    ? new Class(message, all)
    : new BrokerError(kafkaName, message, { ...all, retriable: known.isRetriable(errorCode) })
}

/** @throws KafkaError where `answer` is an error */
export function throwIfError(action: string, answer: BrokerAnswer): void {
  if (answer.errorCode !== 0) throw brokerError(action, answer)
}

/** What passes once the cluster has a leader, a coordinator or replicas enough again. */
const turnovers: ReadonlySet<string> = new Set([
  'not_leader',
  'not_controller',
  'group_coordinator',
  'not_enough_replicas',
  'offset_not_available',
  'concurrent_transactions',
  'unstable_offset_commit',
])

/**
 * Whether nothing was done since the cluster is busy with something that passes by itself: a new
 * leader or coordinator is being chosen, a broker is away and comes back, or the transaction before
 * is still being ended.
 */
export function isTurnover(error: unknown): boolean {
  return KafkaError.is(error) && !error.maybeApplied && turnovers.has(error.code)
}
