/**
 * What a broker answers to producers and consumers, as errors. `group-errors.ts` and
 * `client/admin/admin-errors.ts` know more of the protocol's errors.
 */

import {
  deliveryErrors,
  errorNames,
  retriableDeliveryErrors,
} from '../../protocol/delivery-errors.ts'
import type { ErrorNames } from '../../protocol/delivery-errors.ts'
import type { ErrorName } from '../../protocol/error-codes.ts'
import {
  BrokerError,
  DisconnectedError,
  GroupCoordinatorError,
  KafkaError,
  MessageTooLargeError,
  NotLeaderError,
  OffsetOutOfRangeError,
  QuotaExceededError,
  TimeoutError,
  TopicNotFoundError,
  UnauthorizedError,
} from './errors.ts'
import type { ErrorFacts } from './errors.ts'

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

/** Whether a broker heard nothing of it, since it could not be reached. */
export function isUnsent(error: unknown): boolean {
  return KafkaError.is(error) && error.code === 'disconnected' && !error.maybeApplied
}
