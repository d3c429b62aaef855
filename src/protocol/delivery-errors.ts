/**
 * The errors that producers and consumers are answered with, apart from those that only other
 * requests have, so that a client is bundled without names that it does not meet. Those of groups
 * are in `group-errors.ts`.
 */

/** The same request may succeed later: the exceptions that Kafka's clients class so. */
export const retriableDeliveryErrors = {
  CORRUPT_MESSAGE: 2,
  UNKNOWN_TOPIC_OR_PARTITION: 3,
  LEADER_NOT_AVAILABLE: 5,
  NOT_LEADER_OR_FOLLOWER: 6,
  REQUEST_TIMED_OUT: 7,
  REPLICA_NOT_AVAILABLE: 9,
  NETWORK_EXCEPTION: 13,
  COORDINATOR_LOAD_IN_PROGRESS: 14,
  COORDINATOR_NOT_AVAILABLE: 15,
  NOT_ENOUGH_REPLICAS: 19,
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: 20,
  CONCURRENT_TRANSACTIONS: 51,
  KAFKA_STORAGE_ERROR: 56,
  FENCED_LEADER_EPOCH: 74,
  UNKNOWN_LEADER_EPOCH: 75,
  OFFSET_NOT_AVAILABLE: 78,
  THROTTLING_QUOTA_EXCEEDED: 89,
  UNKNOWN_TOPIC_ID: 100,
  INCONSISTENT_TOPIC_ID: 103,
} as const

export const deliveryErrors = {
  UNKNOWN_SERVER_ERROR: -1,
  NONE: 0,
  OFFSET_OUT_OF_RANGE: 1,
  MESSAGE_TOO_LARGE: 10,
  INVALID_TOPIC_EXCEPTION: 17,
  RECORD_LIST_TOO_LARGE: 18,
  INVALID_REQUIRED_ACKS: 21,
  TOPIC_AUTHORIZATION_FAILED: 29,
  CLUSTER_AUTHORIZATION_FAILED: 31,
  INVALID_TIMESTAMP: 32,
  ILLEGAL_SASL_STATE: 34,
  UNSUPPORTED_VERSION: 35,
  INVALID_REPLICATION_FACTOR: 38,
  INVALID_REQUEST: 42,
  UNSUPPORTED_FOR_MESSAGE_FORMAT: 43,
  POLICY_VIOLATION: 44,
  OUT_OF_ORDER_SEQUENCE_NUMBER: 45,
  DUPLICATE_SEQUENCE_NUMBER: 46,
  INVALID_PRODUCER_EPOCH: 47,
  INVALID_TXN_STATE: 48,
  INVALID_PRODUCER_ID_MAPPING: 49,
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 53,
  SASL_AUTHENTICATION_FAILED: 58,
  UNKNOWN_PRODUCER_ID: 59,
  UNSUPPORTED_COMPRESSION_TYPE: 76,
  INVALID_RECORD: 87,
  PRODUCER_FENCED: 90,
  OFFSET_MOVED_TO_TIERED_STORAGE: 109,
  TRANSACTION_ABORTABLE: 120,
  ...retriableDeliveryErrors,
} as const

/** What error codes mean. */
export interface ErrorNames<Name> {
  /** Returns the name of `code`: `UNKNOWN_SERVER_ERROR` for one that is not in the table. */
  readonly errorName: (code: number) => Name | 'UNKNOWN_SERVER_ERROR'
  /** Whether a request that was answered with `code` may succeed if it is sent again unchanged. */
  readonly isRetriable: (code: number) => boolean
}

/** Returns what the codes of `errors` mean, of which `retriable` are some. */
export function errorNames<Name extends string>(
  errors: Readonly<Record<Name, number>>,
  retriable: Readonly<Record<string, number>>,
): ErrorNames<Name> {
  const entries = Object.entries(errors) as [Name, number][]
  const names = new Map(entries.map(([name, code]) => [code, name]))
  const retriableCodes = new Set(Object.values(retriable))
  return {
    errorName: (code) => names.get(code) ?? 'UNKNOWN_SERVER_ERROR',
    isRetriable: (code) => retriableCodes.has(code),
  }
}
