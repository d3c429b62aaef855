/**
 * The errors of the SDK: one class for each thing that a program may want to handle by itself, and
 * `BrokerError` for every other error of the Kafka protocol. docs/errors.md lists them.
 */

import { keyNeededCode } from '../../connection/frame.ts'
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

/** A record is larger than the topic or the broker allows. */
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
  constructor(facts: { option: string; expected: string; actual?: unknown }) {
    const actual = typeof facts.actual === 'string' ? `'${facts.actual}'` : String(facts.actual)
    const instead = 'actual' in facts ? `, not ${actual}` : ''
    super(`option '${facts.option}' must be ${facts.expected}${instead}`)
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

/** Returns the error for a request without an answer, since `cause` has ended its connection. */
export function unanswered(what: string, cause: Error, maybeApplied: boolean): KafkaError {
  // The client closed it on purpose: that is no failure of the connection.
  if (cause instanceof ClosedError) return new ClosedError(cause.message, { maybeApplied })
  const message = `${what}: ${cause.message}`
  // Nothing was done for who does not say who they are, nor will be the next time.
  if (cause.cause === keyNeededCode) return new UnauthorizedError(message, { cause })
  return new DisconnectedError(message, { cause, maybeApplied })
}

/**
 * Returns `error`, saying that what it is about may have taken effect all the same: a copy, since
 * others may be told by the error itself of what has not.
 */
export function doubtful(error: KafkaError): KafkaError {
  if (error.maybeApplied) return error
  const copy = Object.defineProperties(new Error(), Object.getOwnPropertyDescriptors(error))
  Object.setPrototypeOf(copy, Object.getPrototypeOf(error) as object)
  return Object.assign(copy as KafkaError, { maybeApplied: true })
}
